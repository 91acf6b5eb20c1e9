// Lints texts as if they stood in the given files, with the workspace's own configuration.
// In: JSON [{file, text}] on standard input. Out: JSON, an array of [{ruleId, message}] for each.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const eslint = new ESLint();
const results = [];
for (const { file, text: code } of JSON.parse(await text(process.stdin))) {
  const [{ messages = [] } = {}] = await eslint.lintText(code, { filePath: file });
  results.push(messages.map(({ ruleId, message }) => ({ ruleId, message })));
}
process.stdout.write(JSON.stringify(results));
