import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import type { HostCommands } from '../../src/host/host-commands.ts';
import { UpdateHold } from '../../src/host/update/hold-update.ts';
import { awaitInstall, clearInstall, startInstall } from '../../src/host/update/install-update.ts';
import { isSent, sendArchive, sentPath } from '../../src/host/update/send-archive.ts';
import { localCommands } from '../support/local-commands.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const { signal } = new AbortController();

const archives = { a: Buffer.alloc(3_000_000, 'a'), b: Buffer.alloc(3_000_000, 'b') };
const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** A unit is active while its file is there; what is in it is its command line. */
const programs = {
  systemctl: `case "$*" in
  *is-active*) [ -e "$UNIT" ] ;;
  *"show -p ExecStart"*) echo "ExecStart={ argv[]=$(cat "$UNIT") }" ;;
esac`,
  'systemd-run': '[ ! -e "$UNIT" ] || exit 1; echo "$*" >"$UNIT"',
};

for (const shell of [['sh'], ['busybox', 'sh']])
  describe(`updates of one device at the same time, by its ${shell.join(' ')}`, function () {
    this.timeout(30_000);
    let home: Awaited<ReturnType<typeof openTempDirectory>>;
    let device: HostCommands;
    const at = (file: string): string => path.join(home.path, file);
    const isThere = (archive: Buffer): boolean => existsSync(at(sentPath(digestOf(archive))));
    const pass = (seconds: number): void => writeFileSync(at('uptime'), `${seconds.toString()}.25 7.00\n`);

    beforeEach(async () => {
      home = await openTempDirectory();
      for (const name of ['run', 'mnt/data', 'mnt/state', 'bin']) mkdirSync(at(name), { recursive: true });
      for (const [name, script] of Object.entries(programs)) {
        writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${script}\n`);
        chmodSync(at(`bin/${name}`), 0o755);
      }
      pass(100);
      const env = { ...process.env, PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`, UNIT: at('unit') };
      const local = localCommands(shell, env);
      device = {
        run: (command, options) =>
          local.run(
            command
              .replaceAll('/proc/uptime', at('uptime'))
              .replaceAll(/\/(?:run|mnt\/data|mnt\/state)\//g, place => `${at(place)}/`),
            options,
          ),
      };
    });
    afterEach(() => home[Symbol.asyncDispose]());

    const send = (hold: UpdateHold, archive: Buffer): Promise<void> =>
      sendArchive(
        device,
        {
          sizeBytes: archive.length,
          read: (from, length) => Promise.resolve(archive.subarray(from, from + length)),
        },
        { hold, sentBytes: 0 },
        { report: () => undefined, signal },
      );
    const holdOf = (archive: Buffer, person: string): UpdateHold => new UpdateHold(digestOf(archive), person);
    const start = async (hold: UpdateHold): Promise<void> => {
      await clearInstall(device, hold, signal);
      await startInstall(device, hold, signal);
    };
    const wait = (hold: UpdateHold): Promise<void> =>
      awaitInstall(device, hold, {
        clock: systemClock,
        signal,
        progress: { lines: 0 },
        report: () => undefined,
      });
    /** As the unit does it. */
    const endInstall = (archive: Buffer, status: number): void => {
      writeFileSync(at(`run/os-update.${digestOf(archive).slice(0, 32)}.status`), `${status.toString()}\n`);
      rmSync(at('unit'));
    };

    it('leave the archive of another person alone, who goes on; the second one is told who: busy', async () => {
      const [anna, ben] = [holdOf(archives.a, 'anna on laptop'), holdOf(archives.b, 'ben on desk')];
      await send(anna, archives.a);
      await assert.rejects(send(ben, archives.b), {
        code: 'busy',
        message: new RegExp(
          `^anna on laptop updates the device, with archive ${digestOf(archives.a).slice(0, 32)}$`,
        ),
      });
      assert.deepEqual([isThere(archives.a), isThere(archives.b)], [true, false]);
      assert.ok(await isSent(device, digestOf(archives.a), signal));
      await assert.rejects(send(holdOf(archives.a, 'ben on desk'), archives.a), { code: 'busy' });
      await start(anna);
      assert.match(readFileSync(at('unit'), 'utf8'), /hostapp-update -f/);
    });

    it('take no outcome of another archive for their own, also where nobody holds the device any more', async () => {
      const [anna, ben] = [holdOf(archives.a, 'anna on laptop'), holdOf(archives.b, 'ben on desk')];
      await send(anna, archives.a);
      await start(anna);
      rmSync(at('run/os-update.lock'));
      const busy = { code: 'busy', message: new RegExp(`archive ${digestOf(archives.a).slice(0, 32)}$`) };
      await assert.rejects(send(ben, archives.b), busy);
      await assert.rejects(start(ben), busy);
      await assert.rejects(wait(ben), busy);
      assert.ok(isThere(archives.a));
      endInstall(archives.a, 0);
      await assert.rejects(wait(ben), { code: 'host-refused', message: /without a result/ });
      await ben.release(device, signal);
      await wait(anna);
    });

    it('go on at once with the same archive by the same person after a killed run, which does nothing more', async () => {
      const killed = holdOf(archives.a, 'anna on laptop');
      await send(killed, archives.a);
      const again = holdOf(archives.a, 'anna on laptop');
      await send(again, archives.a);
      await assert.rejects(start(killed), { code: 'busy' });
      await start(again);
      endInstall(archives.a, 0);
      await wait(again);
    });

    it('wait no longer for a run that was killed than a quarter of an hour, and remove its archive then', async () => {
      await send(holdOf(archives.a, 'anna on laptop'), archives.a);
      const ben = holdOf(archives.b, 'ben on desk');
      pass(100 + 15 * 60);
      await assert.rejects(send(ben, archives.b), { code: 'busy', hint: /free in 1 min/ });
      pass(100 + 16 * 60);
      await send(ben, archives.b);
      assert.deepEqual([isThere(archives.a), isThere(archives.b)], [false, true]);
    });

    it('do not begin once the device has rebooted into another, which is on trial', async () => {
      writeFileSync(at('mnt/state/rollback-health-breadcrumb'), '');
      await assert.rejects(send(holdOf(archives.b, 'ben on desk'), archives.b), {
        code: 'busy',
        message: /on trial/,
      });
      assert.ok(!isThere(archives.b));
    });

    it('are possible at once after one that failed or was interrupted', async () => {
      const anna = holdOf(archives.a, 'anna on laptop');
      await send(anna, archives.a);
      await holdOf(archives.b, 'ben on desk').release(device, signal);
      await assert.rejects(send(holdOf(archives.b, 'ben on desk'), archives.b), { code: 'busy' });
      await anna.release(device, signal);
      await send(holdOf(archives.b, 'ben on desk'), archives.b);
    });
  });
