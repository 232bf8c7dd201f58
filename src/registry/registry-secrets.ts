/** `--registry-secrets FILE`: `{host: {username, password}}`. The law: no value of it reaches a message. */
import path from 'node:path';
import { OsError } from '../core/errors.ts';
import { readGivenText } from '../state/given-file.ts';
import type { RegistryLogin } from '../engine/engine.ts';
import { Cursor } from '../project/yaml/cursor.ts';
import { parseYaml } from '../project/yaml/parse-yaml.ts';
import { formatProblem, Problems } from '../project/problem.ts';
import { dockerHub } from './registry-name.ts';

/** Names that people write for Docker Hub; the empty one is the peer's. */
const hubNames = new Set([
  ...['', 'docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.docker.io'],
  ...['hub.docker.com', 'registry.hub.docker.com'],
]);

/** `https://ghcr.io/` → `ghcr.io`; Docker Hub as Docker's configuration calls it. */
function registryNamed(written: string): string {
  const host = written.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return hubNames.has(host) ? dockerHub : host;
}

const invalid = (file: string, lines: readonly string[]): OsError =>
  new OsError('usage', lines.map(line => `registry secrets: ${line}`).join('\n'), {
    hint: `write ${path.basename(file)} as HOST: {username: …, password: …}`,
  });

function readLogin(host: string, entry: Cursor): [string, RegistryLogin][] {
  if (!entry.isMapping) {
    entry.fail('has to be a mapping with username and password');
    return [];
  }
  const [username, password] = ['username', 'password'].map(key =>
    entry.at(key).expect(entry.at(key).text(), 'is missing'),
  );
  const serveraddress = registryNamed(host);
  return username === undefined || password === undefined
    ? []
    : [[serveraddress, { username, password, serveraddress }]];
}

/** The logins in `file`, by registry. Throws OsError `usage`. */
export async function readRegistrySecrets(file: string): Promise<Record<string, RegistryLogin>> {
  const text = await readGivenText(file);
  const problems = new Problems();
  const tree = await parseYaml(text, { file, baseDirectory: path.dirname(file) }, problems);
  // The parser's message may quote the line, and with it a password.
  const [broken] = problems.errors;
  if (broken !== undefined)
    throw invalid(file, [formatProblem({ ...broken, message: 'not valid YAML' }, path.dirname(file))]);
  const start = { file, baseDirectory: path.dirname(file), line: 1, column: 1 };
  const root = new Cursor(tree, '', problems, { place: start });
  if (root.isPresent && !root.isMapping) root.fail('has to be a mapping of registries');
  const logins = root.entries().flatMap(([host, entry]) => readLogin(host, entry));
  const wrong = problems.errors.map(problem => formatProblem(problem, path.dirname(file)));
  if (wrong.length > 0) throw invalid(file, wrong);
  return Object.fromEntries(logins);
}
