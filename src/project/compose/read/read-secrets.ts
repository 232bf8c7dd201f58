import { access } from 'node:fs/promises';
import path from 'node:path';
import { localPath } from '../../local-path.ts';
import type { SecretFile } from '../../project.ts';
import type { SecretUse } from '../../service.ts';
import type { Cursor } from '../../yaml/cursor.ts';
import type { Lookup } from '../../variables/substitute.ts';
import { readMode } from './container/read-mounts.ts';

/** The top-level `secrets` or `configs` that are `used`. */
export async function readSecretFiles(
  section: Cursor,
  used: ReadonlySet<string>,
  lookup: Lookup,
): Promise<SecretFile[]> {
  const found: SecretFile[] = [];
  for (const [key, it] of section.entries()) {
    const source = used.has(key) ? await readSource(it, lookup) : undefined;
    if (source !== undefined) found.push({ key, source });
  }
  return found;
}

async function readSource(it: Cursor, lookup: Lookup): Promise<SecretFile['source'] | undefined> {
  const [file, content, environment] = [it.at('file'), it.at('content'), it.at('environment')];
  if (it.at('external').isPresent && it.at('external').text() !== 'false') {
    it.fail('is external, which only a swarm has: give it a "file" or "environment"');
    return undefined;
  }
  for (const key of ['driver', 'template_driver'])
    if (it.at(key).isPresent) it.at(key).fail('is for a swarm');
  if (file.isPresent) {
    const absolute = localPath(file.place.baseDirectory, file.text() ?? '');
    const isThere = await access(absolute).then(
      () => true,
      () => false,
    );
    return file.expect(isThere ? { file: absolute } : undefined, `there is no readable file ${absolute}`);
  }
  if (content.isPresent) return { content: content.text() ?? '' };
  const name = environment.text();
  if (name === undefined) {
    it.fail('has neither "file" nor "environment"');
    return undefined;
  }
  const value = lookup(name);
  return environment.expect(
    value === undefined ? undefined : { content: value },
    `the variable ${name} is not set`,
  );
}

/** Reads `secrets` or `configs` of a service, one for each target; relative targets are below `home`. */
export function readSecretUses(uses: Cursor, home: string): SecretUse[] {
  const written = uses.items().flatMap(item => {
    const source = item.isMapping ? item.at('source').text() : item.text();
    if (source === undefined) item.fail('lacks "source"');
    if (source === undefined) return [];
    const target = item.at('target').text() ?? source;
    return [
      {
        source,
        target: path.posix.resolve(home, target),
        uid: item.at('uid').text(),
        gid: item.at('gid').text(),
        mode: readMode(item.at('mode')),
      },
    ];
  });
  return [...new Map(written.map(it => [it.target, it])).values()];
}
