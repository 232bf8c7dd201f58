// Child processes of the scripts: each leads its own process group, so that Ctrl-C and a time limit end all of it and
// nothing else. Nothing here imports a package: npm packages may not be installed yet.
import { spawn } from 'node:child_process';

const isWindows = process.platform === 'win32';
const running = new Set();
let interruptedBy;

/** The signal that asked this script to end, if any. */
export const interruption = () => interruptedBy;

/** Children whose exit was seen: their number, and their group's, may be another process's by now. */
const gone = new WeakSet();

const signalGroup = (child, signal) => {
  if (gone.has(child)) return;
  try {
    if (isWindows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
};

// First signal: children may clean up (tests stop what they started). Second one: at once.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(name, () => {
    for (const child of running) signalGroup(child, interruptedBy === undefined ? 'SIGINT' : 'SIGKILL');
    interruptedBy ??= name;
  });

/**
 * Runs `node` with `args` (or `options.command`) and resolves with how it ended; never rejects.
 * `output` 'live' passes its output on, 'keep' returns it as `text`. `onLine` gets each line of kept output as it comes.
 * `onMessage` gets what the child sends with process.send. `end(reason)` in its second argument ends the child.
 */
export function runChild(args, options = {}) {
  const { command = process.execPath, cwd, env, output = 'keep', timeoutMs, onLine, onMessage } = options;
  return new Promise(resolve => {
    const pipe = output === 'live' ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', pipe, pipe, ...(onMessage ? ['ipc'] : [])],
      detached: !isWindows,
      shell: isWindows && /\.cmd$/i.test(command),
    });
    let text = '';
    let rest = '';
    let endedFor;
    const timers = [];
    const keep = chunk => {
      text += chunk;
      if (!onLine) return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    };
    const end = reason => {
      if (endedFor !== undefined) return;
      endedFor = reason;
      signalGroup(child, 'SIGTERM');
      timers.push(setTimeout(() => signalGroup(child, 'SIGKILL'), 10_000));
    };
    const settle = result => {
      timers.forEach(clearTimeout);
      running.delete(child);
      resolve({ text, endedFor, ...result });
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    if (onMessage) child.on('message', message => onMessage(message, end));
    child.on('error', error => settle({ code: undefined, signal: undefined, error }));
    child.on('exit', (code, signal) => {
      // What it left in its group is ours to end; a pipe that a survivor holds open is not waited for.
      if (child.pid !== undefined && !isWindows) signalGroup(child, 'SIGKILL');
      gone.add(child);
      const finish = () => settle({ code: code ?? undefined, signal: signal ?? undefined });
      if (output === 'live') finish();
      else {
        const timer = setTimeout(finish, 500);
        child.on('close', () => {
          clearTimeout(timer);
          finish();
        });
      }
    });
    running.add(child);
    if (interruptedBy !== undefined) signalGroup(child, 'SIGINT');
    if (timeoutMs !== undefined)
      timers.push(setTimeout(() => end(`not done after ${Math.round(timeoutMs / 1000)} s`), timeoutMs));
  });
}
