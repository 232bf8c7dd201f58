import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeNodeImage, makePythonImage } from '../support/base-images.ts';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { containerOf, openSession, type LiveSession } from '../support/live-session.ts';
import { usePushing } from '../support/pushing.ts';
import { root } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('the examples', function () {
  this.timeout(upTimeoutMs);
  const pushing = usePushing();
  const { device, os, containers, page } = pushing;

  /** Pushes a copy of an example, keeps it in sync while `use` runs, and removes it. */
  async function pushExample(
    name: string,
    use: (session: LiveSession, directory: string) => Promise<void>,
  ): Promise<void> {
    await using temp = await openTempDirectory();
    const directory = path.join(temp.path, name);
    await cp(path.join(root, 'examples', name), directory, { recursive: true });
    try {
      await using session = await openSession(device(), directory);
      await use(session, directory);
    } finally {
      await os('down', device().address, '--source', directory, '--time', '1');
    }
  }

  it('node is built, serves its page, and is started again by node itself when it is edited', async () => {
    await makeNodeImage(pushing, 'node:22-alpine');
    await pushExample('node', async (session, directory) => {
      assert.match(await eventually(() => page(80)), /^Hello from \S+ \(\w+\)\n$/);
      const id = await containerOf(device(), 'main');
      await writeFile(path.join(directory, 'src/greet.js'), "export const greet = () => 'Ahoy';\n");
      await eventually(async () => assert.equal(await page(80), 'Ahoy\n'));
      assert.equal(await containerOf(device(), 'main'), id);
      assert.ok(!session.events.some(({ type }) => type === 'restarted'));
    });
  });

  it('python is built, serves its page, and is started again when it is edited', async () => {
    await makePythonImage(pushing, 'python:3.12-alpine');
    await pushExample('python', async (session, directory) => {
      const log = await os('logs', device().address, '--source', directory);
      assert.match(log.stdout, /python server\.py/);
      await writeFile(path.join(directory, 'server.py'), 'print("ahoy")\n');
      await session.next('restarted');
      const url = `http://${device().address}/server.py`;
      await eventually(async () => assert.equal(await (await fetch(url)).text(), 'print("ahoy")\n'));
    });
  });

  it('gpio-blink says so where the board has no GPIO, and stays up', async () => {
    await pushExample('gpio-blink', async (_session, directory) => {
      await eventually(async () => {
        const { stdout } = await os('logs', device().address, '--source', directory);
        assert.match(stdout, /this board has no GPIO: blinking here instead\non\noff\n/);
      });
      assert.deepEqual(
        (await containers('gpio-blink')).map(it => it.State),
        ['running'],
      );
    });
  });
});
