import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import type { Engine, ExecOptions, ExecStream } from '../../../src/engine/engine.ts';
import { sendSignal, type Started } from '../../../src/sync/container/end-program.ts';
import { processIdentity } from '../../../src/state/process-identity.ts';
import { runReplay, type Ran } from '../../../src/sync/container/run-replay.ts';
import { openBystanders } from '../../support/bystanders.ts';
import { eventually } from '../../support/eventually.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

/** As an engine does it: each program has a session of its own, and a closed connection is nothing to it. */
function openExec(shell: readonly string[], { command }: ExecOptions): ExecStream {
  const [program = '', ...args] = command[0] === '/bin/sh' ? [...shell, ...command.slice(1)] : command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const ended = once(child, 'close');
  return {
    output: (async function* () {
      for await (const data of child.stdout) yield { stream: 'stdout' as const, data: data as Buffer };
    })(),
    write: () => Promise.reject(new Error('it has no stdin')),
    async readExitCode() {
      await ended;
      return child.exitCode ?? 128;
    },
    [Symbol.asyncDispose]() {
      child.stdout.destroy();
      return Promise.resolve();
    },
  };
}

/** One that nobody has buried yet is not. */
const isAlive = (pid: number): boolean => {
  const stat = `/proc/${pid.toString()}/stat`;
  return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ');
};

for (const shell of [['dash'], ['bash', '--norc', '--posix'], ['busybox', 'sh']])
  describe(`a program run in a container whose shell is ${shell.join(' ')}`, () => {
    const never = new AbortController().signal;

    const run = (command: readonly string[], stop: AbortSignal = never, signal = never): Promise<Ran> => {
      const engine = { openExec: (_: string, asked: ExecOptions) => Promise.resolve(openExec(shell, asked)) };
      const replay = { text: '', command, user: undefined, workingDirectory: undefined, environment: {} };
      return runReplay(
        engine as unknown as Engine,
        'one',
        { ...replay, isPrivileged: false, isPartOfImage: false },
        { hasShell: true, onStarted: () => undefined, clock: systemClock, stop, signal },
      );
    };

    it('is reported with what it prints and its status, and nothing else', async () => {
      const script = 'printf "%s " "$0" "$@"; echo; echo two; exit 7';
      const ran = await run(['sh', '-c', script, 'a b', "c'd"]);
      assert.deepEqual(ran, { exitCode: 7, output: ["a b c'd ", 'two'], isStopped: false });
      assert.deepEqual((await run(['true'])).output, []);
      process.env['s'] = 'mine';
      assert.deepEqual((await run(['sh', '-c', 'echo $s'])).output, ['mine']);
      delete process.env['s'];
    });

    it('is reported with letters that came in two pieces', async () => {
      const script = "printf 'gr\\303'; sleep 0.2; printf '\\266\\303\\237er\\n'";
      assert.deepEqual((await run(['sh', '-c', script])).output, ['größer']);
    });

    for (const [how, script] of [
      ['', 'echo $$ >&3; sleep 1000 & echo $! >&3; wait'],
      [
        ', by force where it must be',
        `trap '' TERM; echo $$ >&3; sleep 1000 & echo $! >&3; wait; sleep 1000`,
      ],
    ] as const)
      it(`is ended with all that it has started${how}`, async () => {
        const stop = new AbortController();
        await using temp = await openTempDirectory();
        const told = path.join(temp.path, 'pids');
        const running = run(['sh', '-c', `exec 3>>${told}; ${script}`], stop.signal);
        void running.catch(() => undefined);
        const pids = await eventually(() => {
          const found = readFileSync(told, 'utf8').trim().split('\n').map(Number);
          assert.equal(found.length, 2);
          return found;
        });
        assert.deepEqual(pids.map(isAlive), [true, true]);
        stop.abort();
        await assert.rejects(running);
        // The last of it is the system's to do.
        await eventually(() => assert.deepEqual(pids.map(isAlive), [false, false]));
      });

    it('is ended with what it has left in the background, and nothing beside it is signalled', async () => {
      await using bystanders = await openBystanders();
      const stop = new AbortController();
      await using temp = await openTempDirectory();
      const told = path.join(temp.path, 'pids');
      const running = run(['sh', '-c', `sleep 1000 & echo $! >${told}`], stop.signal);
      void running.catch(() => undefined);
      const left = await eventually(() => {
        const pid = Number(readFileSync(told, 'utf8'));
        assert.ok(pid > 0);
        return pid;
      });
      stop.abort();
      await assert.rejects(running);
      await eventually(() => assert.equal(isAlive(left), false));
      assert.deepEqual(bystanders.gone(), []);
    });

    it('gets no signal where its number, or its container, is not the one that was recorded', async () => {
      const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
      const pid = child.pid ?? 0;
      const engine = { openExec: (_: string, asked: ExecOptions) => Promise.resolve(openExec(shell, asked)) };
      const ticksOf = (one: number): string => processIdentity(one).startTicks ?? '';
      const recorded = { pid: pid.toString(), atTicks: ticksOf(pid), containerAtTicks: ticksOf(1) };
      const send = (program: Started): Promise<void> =>
        sendSignal(engine as unknown as Engine, 'one', program, { name: 'KILL', signal: never });
      await send({ ...recorded, atTicks: '1' });
      await send({ ...recorded, containerAtTicks: '1' });
      assert.ok(isAlive(pid));
      await send(recorded);
      await eventually(() => assert.equal(isAlive(pid), false));
    });

    it('is ended also when that is asked for before it runs', async () => {
      const stop = new AbortController();
      const running = run(['sleep', '1000'], stop.signal);
      stop.abort();
      await assert.rejects(running);
    });
  });
