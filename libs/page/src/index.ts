export { escapeHtml, html, Markup } from './html';
export { type PageParts, standalonePage } from './page';
