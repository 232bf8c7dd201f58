import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { bootDevice, runEmulator, upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { assertKnownEvents } from '../support/event-schema.ts';
import { eventually } from '../support/eventually.ts';
import { root, runNode, runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

interface Status {
  readonly version: string;
  readonly root: 'A' | 'B';
  readonly isOnTrial: boolean;
  readonly rollback: string | null;
}
interface Event {
  readonly type: string;
  readonly device?: string;
  readonly line?: string;
  readonly sentBytes?: number;
  readonly from?: { readonly version: string; readonly root: string };
  readonly to?: { readonly version: string; readonly root: string };
  readonly error?: { readonly code: string; readonly message: string };
}

/** Carries connections to `host`, and cuts the first one after `cutAfterBytes` from its client. */
async function openCuttingRelay(host: string, port: number, cutAfterBytes: number) {
  let isCut = false;
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const far = connect(port, host);
    let sentBytes = 0;
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', data => {
      sentBytes += data.length;
      if (isCut || sentBytes < cutAfterBytes) return;
      isCut = true;
      client.resetAndDestroy();
      far.resetAndDestroy();
    });
    client.pipe(far).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hasCut: () => isCut,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('an update of the host OS', function () {
  this.timeout(upTimeoutMs);
  const use = useDevice();
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    directory = await openTempDirectory();
    // The check's interval is a minute on a board.
    writeFileSync(path.join(use().directory, 'state', 'emulator-health-interval'), '1\n');
  });
  after(() => directory[Symbol.asyncDispose]());

  const makeArchive = async (name: string, ...flags: readonly string[]): Promise<string> => {
    const file = path.join(directory.path, name);
    const { code, stderr } = await runNode([path.join(root, 'scripts/make-hostapp.mjs'), file, ...flags]);
    assert.equal(code, 0, stderr);
    return file;
  };
  const updateAt = (address: string, ...args: readonly string[]): Promise<Ended> =>
    runOs(['update', address, ...args, '--json'], {
      env: { XDG_STATE_HOME: directory.path, HOME: directory.path, SSH_AUTH_SOCK: undefined },
    });
  const update = (...args: readonly string[]): Promise<Ended> => updateAt(use().address, ...args);
  const status = async (): Promise<Status> => {
    const { code, stdout } = await update('--status');
    assert.equal(code, 0, stdout);
    return (JSON.parse(stdout) as { result: Status }).result;
  };
  const eventsOf = ({ stdout }: Ended): readonly Event[] => {
    const events = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
    assertKnownEvents(events);
    return events;
  };
  const failureOf = (ended: Ended): NonNullable<Event['error']> =>
    eventsOf(ended).at(-1)?.error ?? assert.fail(ended.stdout);

  it('is refused before a byte is sent where it is no archive, of another board or processor, or not newer', async () => {
    const before = await status();
    assert.deepEqual([before.version, before.root, before.isOnTrial], ['2.0.0+rev2', 'A', false]);
    const picture = path.join(directory.path, 'picture');
    writeFileSync(picture, Buffer.alloc(4096, 'x'));
    for (const [code, pattern, file] of [
      [7, /no update of the OS/, picture],
      [7, /for raspberrypi3/, await makeArchive('board', '--type', 'raspberrypi3')],
      [7, /for riscv64/, await makeArchive('arch', '--arch', 'riscv64')],
      [2, /1\.9\.0 is not newer/, await makeArchive('old', '--version', '1.9.0')],
      [2, /runs 2\.0\.0\+rev2 already/, await makeArchive('same', '--version', '2.0.0+rev2')],
    ] as const) {
      const ended = await update(file);
      assert.equal(ended.code, code, ended.stdout);
      assert.match(failureOf(ended).message, pattern);
    }
    assert.match((await use().ssh('ls /mnt/data/os-update 2>&1')).stdout, /No such file/);
    assert.equal((await status()).root, 'A');
  });

  it('is refused while the device installs another, which it names: exit 8', async () => {
    const other = '0123456789abcdef'.repeat(2);
    const work = `: hostapp-update -f /mnt/data/os-update/${other}.tar; sleep 300`;
    const sent = `/mnt/data/os-update/${other}.tar`;
    await use().ssh(`mkdir -p /mnt/data/os-update; echo sent >${sent}`);
    await use().ssh(`systemd-run --quiet --unit=os-update /bin/sh -c '${work}'`);
    const ended = await update(await makeArchive('second', '--version', '2.0.5'));
    assert.equal(ended.code, 8, ended.stdout);
    assert.match(failureOf(ended).message, new RegExp(`installs another update, archive ${other}`));
    assert.equal((await use().ssh(`cat ${sent}`)).stdout.trim(), 'sent');
    await use().ssh('systemctl stop os-update.service');
  });

  it('runs from the other root once its health check has kept it, over a link that is cut while it is sent', async () => {
    const file = await makeArchive('good', '--version', '2.1.0+rev1', '--padding', '9000000');
    await using relay = await openCuttingRelay(use().address, 22222, 5_000_000);
    const ended = await updateAt(`127.0.0.1:${relay.port.toString()}`, file);
    assert.equal(ended.code, 0, ended.stdout);
    assert.ok(relay.hasCut());
    const events = eventsOf(ended);
    assert.deepEqual(
      [...new Set(events.map(({ type }) => type))],
      [
        ...['update-checked', 'update-sending', 'connection', 'update-resumed', 'update-installing'],
        ...['update-rebooting', 'update-booted', 'update-health', 'updated', 'done'],
      ],
    );
    assert.equal(events.find(({ type }) => type === 'update-resumed')?.sentBytes, 4 * 1024 * 1024);
    assert.ok(events.some(({ line }) => (line ?? '').includes('healthy: rootB is kept')));
    const updated = events.find(({ type }) => type === 'updated');
    assert.deepEqual(updated?.from, { version: '2.0.0+rev2', root: 'A' });
    assert.deepEqual(updated.to, { version: '2.1.0+rev1', root: 'B' });
    assert.ok(events.every(({ device }) => device !== undefined));
    const after = await status();
    assert.deepEqual([after.version, after.root, after.isOnTrial], ['2.1.0+rev1', 'B', false]);
    assert.equal(await use().engine('/_ping'), 'OK');
  });

  it('that boots without an engine is rolled back by the device, which says why: exit 6', async () => {
    const ended = await update(await makeArchive('engine', '--version', '2.2.0', '--broken', 'engine'));
    assert.equal(ended.code, 6, ended.stdout);
    assert.equal(failureOf(ended).code, 'update-rolled-back');
    assert.match(failureOf(ended).message, /gone back to 2\.1\.0\+rev1: the engine does not answer/);
    const after = await status();
    assert.deepEqual([after.version, after.root, after.rollback], ['2.1.0+rev1', 'B', 'health']);
  });

  it('that does not boot is given up by the boot loader, and said to be: exit 6', async () => {
    const ended = await update(await makeArchive('boot', '--version', '2.3.0', '--broken', 'boot'));
    assert.equal(ended.code, 6, ended.stdout);
    assert.match(failureOf(ended).message, /gone back to 2\.1\.0\+rev1/);
    const after = await status();
    assert.deepEqual([after.version, after.root, after.rollback], ['2.1.0+rev1', 'B', 'altboot']);
  });

  it('that is cut off by a power failure leaves a device with the old or the new root, and a further update works', async () => {
    const file = await makeArchive('cut', '--version', '2.4.0');
    for (const afterMs of [0, 150, 1500]) {
      const { name, directory: home } = use();
      writeFileSync(path.join(home, 'data', 'cut.tar'), readFileSync(file));
      const installing = use().ssh('hostapp-update -f /mnt/data/cut.tar -r');
      await new Promise(resolve => setTimeout(resolve, afterMs));
      assert.equal((await runEmulator(['down', name, '--force'])).code, 0);
      await installing.catch(() => undefined);
      await bootDevice(name);
      await eventually(async () => {
        const { isOnTrial, version } = await status();
        assert.equal(isOnTrial, false);
        assert.match(version, /^2\.(1\.0\+rev1|4\.0)$/);
      }, 90_000);
    }
    const last = await update(await makeArchive('last', '--version', '2.5.0'));
    assert.equal(last.code, 0, last.stdout);
    assert.equal((await status()).version, '2.5.0');
  });
});
