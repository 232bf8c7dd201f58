import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shellHostFiles } from '../../src/host/files/shell-host-files.ts';
import { writeScript } from '../../src/host/files/shell-scripts.ts';
import { localCommands } from '../support/local-commands.ts';
import { shells } from '../support/local-shell.ts';
import { needsMachine } from '../support/machine.ts';
import { statesOf, type Disk } from '../support/power/disk-states.ts';
import { openBootDirectory, withBoot } from '../support/power/private-boot.ts';
import { readRecording, recording } from '../support/power/record-writes.ts';

const config = '/mnt/boot/config.json';
const oldConfig = JSON.stringify({ deviceType: 'raspberrypi3', padding: 'o'.repeat(30_000) });
const newConfig = JSON.stringify({
  deviceType: 'raspberrypi3',
  hostname: 'kitchen',
  padding: 'n'.repeat(20_000),
});

const emulated = fileURLToPath(new URL('../../src/emulator/rootfs/usr/bin', import.meta.url));

/** The ways of a write: the OS's own tool, as the emulated devices have it, or none. */
const ways = [
  { title: 'an OS without fatrw', env: process.env },
  {
    title: "an OS with the emulated devices' fatrw",
    env: { ...process.env, PATH: `${emulated}:${process.env['PATH'] ?? ''}` },
  },
];

describe('a write of config.json on a device whose power is cut', function () {
  this.timeout(120_000);
  let boot: Awaited<ReturnType<typeof openBootDirectory>>;
  before(async function () {
    needsMachine(this);
    boot = await openBootDirectory();
  });
  after(() => boot[Symbol.asyncDispose]());

  const filesBy = (shell: readonly string[], env: NodeJS.ProcessEnv) =>
    shellHostFiles(localCommands([...withBoot(boot.path), ...shell], env));

  async function fill(disk: Disk): Promise<void> {
    for (const name of await readdir(boot.path)) await rm(path.join(boot.path, name), { recursive: true });
    for (const [file, bytes] of disk) await writeFile(path.join(boot.path, path.basename(file)), bytes);
  }

  for (const shell of shells.filter(([program]) => program !== 'bash'))
    for (const { title, env } of ways) {
      const start: Disk = new Map([[config, Buffer.from(oldConfig)]]);
      const write = async (): Promise<ReturnType<typeof readRecording>> => {
        const log = path.join(boot.path, '..', `${path.basename(boot.path)}.log`);
        await fill(start);
        const recorded = [...withBoot(boot.path), ...recording(log), ...shell];
        const files = shellHostFiles(localCommands(recorded, env));
        try {
          await files.writeAtomically(config, Buffer.from(newConfig), { mode: 0o644 });
          return readRecording(await readFile(log, 'utf8'), '/mnt/boot');
        } finally {
          await rm(log, { force: true });
        }
      };
      const isOldOrNew = async (disk: Disk): Promise<string | undefined> => {
        await fill(disk);
        const read = (await filesBy(shell, env).read(config))?.toString();
        assert.ok(
          read === oldConfig || read === newConfig,
          `${String(read?.length)} bytes, of ${JSON.stringify([...disk].map(([file, { length }]) => [file, length]))}`,
        );
        return read;
      };

      it(`leaves the old or the new one after each recorded step: ${shell.join(' ')}, ${title}`, async () => {
        const steps = await write();
        assert.ok(steps.filter(({ kind }) => kind.startsWith('sync')).length >= 2, JSON.stringify(steps));
        const states = statesOf(start, steps, { isReordered: false });
        const read = new Set<string | undefined>();
        for (const disk of states) read.add(await isOldOrNew(disk));
        assert.deepEqual(read, new Set([oldConfig, newConfig]));
      });

      if (env === process.env)
        it(`leaves the old or the new one where the disk has reordered what was not synced: ${shell.join(' ')}, ${title}`, async () => {
          const states = statesOf(start, await write(), { isReordered: true });
          assert.ok(states.length > 10, states.length.toString());
          for (const disk of states) await isOldOrNew(disk);
        });

      if (shell[0] === 'sh')
        it(`leaves the old or the new one where every program is killed at 20 random moments: ${title}`, async () => {
          const script = writeScript(config, Buffer.byteLength(newConfig), 0o644);
          /** Returns how long the write took, unless it was killed. */
          const run = async (killAfterMs?: number): Promise<number> => {
            const startedAt = performance.now();
            const [program, ...args] = [...withBoot(boot.path), ...shell, '-c', script];
            const child = spawn(program, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env });
            const ended = once(child, 'close');
            child.stdin.on('error', () => undefined);
            child.stdin.end(newConfig);
            if (killAfterMs !== undefined && child.pid !== undefined) {
              await sleep(killAfterMs);
              // The group that the child leads: none but the programs of this write.
              if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
            }
            await ended;
            return performance.now() - startedAt;
          };
          await fill(start);
          const wholeMs = await run();
          for (let time = 0; time < 20; time += 1) {
            await fill(start);
            await run(Math.random() * wholeMs);
            const read = (await filesBy(shell, env).read(config))?.toString();
            assert.ok(read === oldConfig || read === newConfig, `${String(read?.length)} bytes`);
          }
        });
    }
});
