export { FAULTS } from './fake-openai/faults.mjs';
export { replyTo } from './fake-openai/replies.mjs';
export { startFakeOpenai } from './fake-openai/server.mjs';
