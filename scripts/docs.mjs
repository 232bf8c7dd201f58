// `npm run docs`: writes docs/results.schema.json and docs/results.md, which describe the answers of commands with `--json`,
// from the types of what the commands pass to `answer`. `--check` writes nothing and exits with 1 where they are out of date.
import fs from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readResults } from './docs/read-results.mjs';
import { renderResults } from './docs/render-results.mjs';
import { root, say } from './setup.mjs';

process.chdir(root);
const results = readResults('src/commands');
const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Results of `os` commands with --json, by command',
  description: 'Fields are added, never renamed: ignore those that you do not know.',
  type: 'object',
  properties: results.commands,
  $defs: results.definitions,
};
const files = {
  'docs/results.schema.json': JSON.stringify(schema),
  'docs/results.md': renderResults(results),
};

let stale = 0;
for (const [file, text] of Object.entries(files)) {
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: path.resolve(file) });
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (before === formatted) continue;
  stale += 1;
  if (!process.argv.includes('--check')) fs.writeFileSync(file, formatted);
  say(process.argv.includes('--check') ? `${file} is out of date: run npm run docs` : `wrote ${file}`);
}
process.exitCode = stale > 0 && process.argv.includes('--check') ? 1 : 0;
