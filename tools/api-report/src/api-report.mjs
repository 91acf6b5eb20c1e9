import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';

/**
 * @typedef {object} EntryPoint
 * @property {string} name as it is imported, e.g. `@srvau/reward-sdk/testing`
 * @property {string} source its module, an absolute path
 */

/**
 * What a package exports, as text for people to review: every declaration that its entry points make public, by name,
 * without comments and bodies. Types of our other packages that it re-exports are written out too, as they are part of
 * what callers depend on; names from elsewhere are listed.
 *
 * Works on sources, so that nothing has to be built.
 *
 * @param {string} root of the workspace
 * @param {string} title
 * @param {string} callers who depends on it
 * @param {readonly EntryPoint[]} entryPoints
 * @returns {string} Markdown
 */
export function apiReport(root, title, callers, entryPoints) {
  const declarations = declarationsOf(root, entryPoints);
  const sections = entryPoints.map(({ name, source }) => {
    const file = declarations.getSourceFile(toDeclarationFile(source));
    if (file === undefined)
      throw new Error(`${name}: expected declarations of ${relative(root, source)}, received none`);
    return section(root, name, declarations.getTypeChecker(), file);
  });
  const intro = `# API of ${title}\n\nMade from the sources by \`npm run api -w ${title}\`; a change here is a change for ${callers}.\n`;
  return [intro, ...sections].join('\n');
}

/**
 * @param {string} root
 * @param {readonly EntryPoint[]} entryPoints
 * @returns {ts.Program} of declaration files, which are in memory only
 */
function declarationsOf(root, entryPoints) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      composite: false,
      declarationMap: false,
      sourceMap: false,
      emitDeclarationOnly: true,
      paths: pathsOf(root, '.ts'),
    },
    root,
  );
  const program = ts.createProgram({ rootNames: entryPoints.map(({ source }) => source), options });
  /** @type {Map<string, string>} */
  const files = new Map();
  program.emit(undefined, (file, text) => files.set(file, text), undefined, true);

  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || (!isOurSource(root, file) && fileExists(file));
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = files.get(file);
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  };
  return ts.createProgram({
    rootNames: entryPoints.map(({ source }) => toDeclarationFile(source)),
    options: { ...options, paths: pathsOf(root, '.d.ts') },
    host,
  });
}

/**
 * To the sources; the packages' own `exports` lead to what was built last.
 *
 * @param {string} root
 * @param {'.ts' | '.d.ts'} extension
 */
function pathsOf(root, extension) {
  return {
    '@srvau/*': [join(root, `libs/*/src/index${extension}`)],
    '@srvau/messaging/client': [join(root, `libs/messaging/src/client/index${extension}`)],
  };
}

/**
 * @param {string} root
 * @param {string} name
 * @param {ts.TypeChecker} checker
 * @param {ts.SourceFile} file
 */
function section(root, name, checker, file) {
  const module = checker.getSymbolAtLocation(file);
  const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
  /** @type {string[]} */
  const own = [];
  /** @type {string[]} */
  const foreign = [];
  for (const symbol of symbols.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const texts = (target.declarations ?? []).flatMap((node) => {
      if (isOurSource(root, node.getSourceFile().fileName)) return [print(node)];
      foreign.push(`- \`${symbol.name}\` of ${packageOf(node.getSourceFile().fileName)}`);
      return [];
    });
    own.push(...texts);
  }
  const lists = foreign.length === 0 ? '' : `\nFrom other packages:\n\n${[...new Set(foreign)].join('\n')}\n`;
  return `## ${name}\n\n\`\`\`ts\n${own.join('\n\n')}\n\`\`\`\n${lists}`;
}

/** @param {ts.Node} declaration */
function print(declaration) {
  // A variable's keyword belongs to the statement around it.
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  return printer
    .printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile())
    .replace(/^export declare /, 'export ');
}

/**
 * @param {string} root
 * @param {string} file
 */
function isOurSource(root, file) {
  return (
    file.startsWith(join(root, 'libs') + sep) && file.includes(`${sep}src${sep}`) && !file.includes('node_modules')
  );
}

/** @param {string} file in node_modules */
function packageOf(file) {
  const [first = '', second = ''] = (file.split(`node_modules${sep}`).pop() ?? '').split(sep);
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** @param {string} source */
function toDeclarationFile(source) {
  return join(dirname(source), `${source.slice(source.lastIndexOf(sep) + 1, -'.ts'.length)}.d.ts`);
}
