import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { assertKnownEvents } from '../support/event-schema.ts';
import { eventually } from '../support/eventually.ts';
import { eventsOf, startOs, type RunningOs } from '../support/pushing.ts';
import { assertKnownResult } from '../support/result-schema.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

/** Nothing answers there. */
const gone = '192.0.2.9';

const compose =
  'name: both\nservices: {web: {build: ., init: true, stop_signal: SIGKILL, ports: ["8123:8123"]}}\n';

describe('several devices', function () {
  this.timeout(upTimeoutMs);
  const first = useSharedDevice();
  const second = useSharedDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;

  before(async () => {
    home = await openTempDirectory();
    await makeTree(home.path, {
      'compose.yaml': compose,
      Dockerfile: 'FROM busybox\nCOPY page /page\nCMD ["httpd", "-f", "-p", "8123", "-h", "/page"]\n',
      'page/index.html': 'one',
      'os.yml': `groups: {pair: ["${first().address}", "${second().address}"]}\n`,
    });
  });
  after(async () => {
    await home[Symbol.asyncDispose]();
  });

  const start = (...args: string[]): RunningOs => startOs(args, home.path);
  const os = (...args: string[]): Promise<Ended> => start(...args).ended;
  const pages = (): Promise<string[]> =>
    Promise.all(
      [first(), second()].map(async ({ address }) => (await fetch(`http://${address}:8123/`)).text()),
    );

  it('are pushed to at once; one that does not answer stops no other, and is the exit status', async () => {
    const ended = await os('push', `@pair,${gone}`, '--detach', '--json');
    assert.equal(ended.code, 3, ended.stdout + ended.stderr);
    const events = eventsOf(ended) as readonly { readonly type: string; readonly device?: string }[];
    assertKnownEvents(events);
    const ends = events.filter(({ type }) => type.startsWith('device-'));
    assert.deepEqual(ends.map(({ type, device = '' }) => `${device} ${type}`).sort(), [
      ...[first().address, second().address].sort().map(address => `${address} device-done`),
      `${gone} device-error`,
    ]);
    const last = events.at(-1) as { readonly type: string; readonly devices?: readonly object[] };
    assert.equal(last.type, 'error');
    assert.deepEqual(last.devices, [
      { device: first().address, exitCode: 0 },
      { device: second().address, exitCode: 0 },
      { device: gone, exitCode: 3 },
    ]);
    assert.deepEqual(await pages(), ['one', 'one']);
  });

  it('answer in one document, and in lines that begin with their names', async () => {
    const devices = ['--device', first().address, '--device', second().address];
    const { stdout, code } = await os('ps', ...devices, '--json');
    assert.equal(code, 0);
    const { ok, result } = JSON.parse(stdout) as {
      ok: boolean;
      result: { devices: { device: string; ok: boolean; result: { services: { state: string }[] } }[] };
    };
    assert.ok(ok);
    assert.deepEqual(
      result.devices.map(it => [it.device, it.result.services.map(({ state }) => state)]),
      [
        [first().address, ['running']],
        [second().address, ['running']],
      ],
    );
    for (const { device: _, ...document } of result.devices)
      assertKnownResult(['ps'], `${JSON.stringify(document)}\n`);
    const said = await os(
      'ssh',
      '@pair',
      '--',
      'echo "I am $(cat /proc/sys/kernel/hostname)"; echo oops >&2',
    );
    assert.equal(said.code, 0, said.stderr);
    for (const { address } of [first(), second()]) {
      assert.match(said.stdout, new RegExp(`^${address} +\\| I am \\w+$`, 'm'));
      assert.match(said.stderr, new RegExp(`^${address} +\\| oops$`, 'm'));
    }
  });

  it('are those of os.yml where none is named', async () => {
    await using project = await openTempDirectory();
    const devices = [first(), second()].map(({ address }) => `"${address}"`).join(', ');
    await makeTree(project.path, { 'os.yml': `device: [${devices}]\n` });
    const { code, stdout, stderr } = await startOs(['ssh', '--', 'echo here'], project.path).ended;
    assert.equal(code, 0, stderr);
    for (const { address } of [first(), second()])
      assert.match(stdout, new RegExp(`^${address} +\\| here$`, 'm'));
  });

  it('are one where two words name it: the command runs there once', async () => {
    const { address, uuid } = first();
    const withPort = `${address}:22222`;
    for (const { other, command } of [
      { other: withPort, command: ['ssh', `${address},${withPort}`, '--', 'echo once'] },
      { other: withPort, command: ['config', 'get', '--on', `${address},${withPort}`] },
      // An engine listens on IPv4 alone, so that both lead to one address.
      { other: uuid, command: ['ps', `${address},${uuid}`, '--all'] },
    ]) {
      const { code, stderr } = await os(...command);
      assert.equal(code, 2, stderr);
      const both = `(?:${address} and ${other}|${other} and ${address})`;
      assert.match(stderr, new RegExp(`os: ${both} are the same device$`, 'm'));
    }
  });

  it('end with the status of a command that fails on one of them', async () => {
    await first().ssh('touch /tmp/only-here');
    const { code, stderr } = await os('ssh', '@pair', '--', 'test ! -e /tmp/only-here || exit 42');
    assert.equal(code, 42, stderr);
    assert.match(stderr, new RegExp(`1 of 2 devices failed: ${first().address} \\(exit status 42\\)$`, 'm'));
    await first().ssh('rm /tmp/only-here');
  });

  it('get every edit of an attached push, until Ctrl-C', async () => {
    const push = start('push', '@pair');
    for (const { address } of [first(), second()])
      await push.saying(new RegExp(`^${address} +\\| web \\| in sync`, 'm'));
    await writeFile(path.join(home.path, 'page/index.html'), 'two');
    await eventually(async () => assert.deepEqual(await pages(), ['two', 'two']));
    push.kill('SIGINT');
    const { code, stderr } = await push.ended;
    assert.equal(code, 130, stderr);
    assert.doesNotMatch(stderr, /failed/);
  });

  it('of a scan are all meant by @all, once that is agreed to', async () => {
    await eventually(async () => {
      const { stdout } = await os('ps', '@all', '--yes', '--json');
      const { result } = JSON.parse(stdout) as { result: { devices: { device: string; ok: boolean }[] } };
      for (const { uuid } of [first(), second()])
        assert.ok(
          result.devices.some(({ device, ok }) => ok && device === uuid.slice(0, 7)),
          stdout,
        );
    });
  });

  it('of a scan are listed, and left alone unless that is agreed to', async () => {
    const { code, stderr } = await os('down', '--all');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /it would run on \d+ devices: /);
    assert.match(stderr, /--yes/);
    assert.deepEqual(await pages(), ['two', 'two']);
  });
});
