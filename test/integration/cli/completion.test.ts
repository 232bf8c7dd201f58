import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { completionScripts } from '../../../src/cli/completion/scripts.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { run } from '../../support/run.ts';

/** In place of `os`: says what it was asked, and offers what a test wants. */
const fakeOs = (answers: string): string =>
  `#!/bin/sh\nshift; printf '%s|' "$@" >> "$(dirname "$0")/asked"; echo >> "$(dirname "$0")/asked"\necho noise >&2\nprintf '%b' '${answers}'\n`;

describe('the completion of bash', () => {
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(() => home[Symbol.asyncDispose]());

  /** The answers to TAB at the end of `line`, without the package bash-completion. */
  const press = async (line: string, answers: string, breaks = ' \t\n"><=;|&(:'): Promise<string[]> => {
    const directory = path.join(home.path, 'bin');
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, 'os'), fakeOs(answers));
    await chmod(path.join(directory, 'os'), 0o755);
    await writeFile(path.join(home.path, 'os.bash'), completionScripts.bash);
    const script = [
      `PATH=${directory}:$PATH; source ${path.join(home.path, 'os.bash')}`,
      `COMP_WORDBREAKS=$'${breaks.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`,
      `COMP_LINE='${line.replaceAll("'", String.raw`'\''`)}'; COMP_POINT=\${#COMP_LINE}; _os_complete 2>&1`,
      `printf '%s\\n' "\${COMPREPLY[@]}"; complete -p os; echo "$COMP_WORDBREAKS" | tr -d '\\n'`,
    ].join('\n');
    const printed = await run('bash', ['--norc', '-c', script]);
    assert.match(printed, /complete -F _os_complete os/);
    assert.ok(!printed.includes('noise'), 'what the helper says on stderr lands in the prompt');
    return (
      printed
        .split('complete -F')[0]
        ?.split('\n')
        .filter(it => it !== '') ?? []
    );
  };

  it('cuts what a colon has in front of it, so that `dev:/et` becomes no `dev:dev:/etc`', async () => {
    assert.deepEqual(await press('os cp kitchen:/et', 'kitchen:/etc\\n'), ['/etc']);
    assert.deepEqual(await press('os cp kitchen:/et', 'kitchen:/etc\\n', ' \t\n'), ['kitchen:/etc']);
    assert.deepEqual(await press('os push --via=s', '--via=ssh\\n'), ['ssh']);
  });

  it('offers words without what they do, and none where the helper fails', async () => {
    assert.deepEqual(await press('os s', 'scan\\tfind devices\\nssh\\n'), ['scan', 'ssh']);
    assert.deepEqual(await press('os s', ''), []);
  });

  const askedLast = async (): Promise<string | undefined> =>
    (await readFile(path.join(home.path, 'bin', 'asked'), 'utf8')).trimEnd().split('\n').at(-1);

  it('takes a word without its quotes, and cuts only what stands before an open one', async () => {
    assert.deepEqual(await press('os ssh "my', 'mydevice\\n'), ['mydevice']);
    assert.equal(await askedLast(), 'ssh|my|');
    assert.deepEqual(await press(`os cp 'dev:/et`, 'dev:/etc\\n'), ['dev:/etc']);
    assert.deepEqual(await press(`os cp dev:'/et`, 'dev:/etc\\n'), ['/etc']);
    assert.deepEqual(await press(`os cp "dev":/et`, 'dev:/etc\\n'), ['/etc']);
    assert.equal(await askedLast(), 'cp|dev:/et|');
    await press(String.raw`os cp "a \"b\" c" 'd "e' f\ g "" dev:`, '');
    assert.equal(await askedLast(), 'cp|a "b" c|d "e|f g||dev:|');
    await press(`os ssh "my" `, '');
    assert.equal(await askedLast(), 'ssh|my||');
  });

  it('completes the files of a quoted word, and of a flag with =', async () => {
    const file = path.join(home.path, 'two words.img');
    await writeFile(file, '');
    assert.deepEqual(await press(`os image inspect "${home.path}/two w`, ':files\\n'), [file]);
    assert.deepEqual(await press(String.raw`os image inspect ${home.path}/two\ w`, ':files\\n'), [file]);
    assert.deepEqual(await press(`os push --file=${home.path}/two`, ':files\\n'), [file]);
    assert.deepEqual(await press(`os push --file=${home.path}/two`, ':files\\n', ' \t\n'), [
      `--file=${file}`,
    ]);
  });

  it('completes files itself', async () => {
    const file = path.join(home.path, 'an image.img');
    await writeFile(file, '');
    assert.deepEqual(await press(`os image inspect ${home.path}/an`, ':files\\n'), [file]);
  });
});
