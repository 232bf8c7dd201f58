import fc from 'fast-check';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { changeMode, isModeChange } from '../../../src/sync/recipe/file-mode.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a mode', () => {
  it('is what chmod itself makes of it, whatever the change', async () => {
    await using temp = await openTempDirectory();
    const [file, directory] = [path.join(temp.path, 'file'), path.join(temp.path, 'directory')];
    await writeFile(file, '');
    await mkdir(directory);
    const clause = fc
      .tuple(
        fc.constantFrom('', 'u', 'g', 'o', 'a', 'ug', 'go'),
        fc.constantFrom('+', '-', '='),
        fc.constantFrom('r', 'w', 'x', 'X', 'rw', 'rx', 'rwX', ''),
      )
      .map(it => it.join(''));
    const change = fc.oneof(
      fc.array(clause, { minLength: 1, maxLength: 3 }).map(it => it.join(',')),
      fc.nat(0o777).map(it => it.toString(8)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0o644, 0o755),
        change,
        fc.boolean(),
        async (mode, text, isDirectory) => {
          const at = isDirectory ? directory : file;
          await chmod(at, mode);
          const ran = spawnSync('sh', ['-c', 'umask 022; chmod "$1" "$2"', 'sh', text, at], {
            encoding: 'utf8',
          });
          // GNU chmod changes the mode also where it warns that the umask has kept it from some of it.
          assert.ok(ran.status === 0 || ran.stderr.includes('new permissions are'), ran.stderr);
          assert.ok(isModeChange(text));
          const changed = ((await stat(at)).mode & 0o777).toString(8);
          assert.equal(
            changeMode(mode, text, { isDirectory }).toString(8),
            changed,
            `${text} on ${mode.toString(8)}`,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
