/**
 * Measures programs side by side: every round runs each once, so that what else the machine does hits all alike, and a
 * ratio of medians says more than a time. All run with the same environment, without NODE_EXTRA_CA_CERTS, which costs Node
 * programs tens of milliseconds where it is set.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Candidate {
  name: string;
  command: string;
  args: readonly string[];
  /** What is given on stdin; nothing when left out. */
  input?: Buffer;
  env?: NodeJS.ProcessEnv;
  /** The time ends where this is first printed on stderr. Default: with the process. */
  until?: RegExp;
  /** Before each run, and not part of its time. */
  before?: () => Promise<void>;
}

/** Wall-clock times in milliseconds from the moment the process is asked for. */
interface Run {
  wallMs: number;
  /** Until the first byte on stdout; NaN when there was none. */
  firstByteMs: number;
  outBytes: number;
}

export interface Row {
  name: string;
  wallMs: number;
  firstByteMs: number;
  outBytes: number;
  /** User and system time, and the peak memory of the largest process; null where /usr/bin/time is missing. */
  cpuMs: number | null;
  peakBytes: number | null;
}

/** Of an even number of values the lower of the two in the middle. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;

async function runOnce({ name, command, args, input, env, until, before }: Candidate): Promise<Run> {
  await before?.();
  const startedAt = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let firstByteMs = NaN;
  let reachedMs: number | undefined;
  let outBytes = 0;
  let talk = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (outBytes === 0) firstByteMs = performance.now() - startedAt;
    outBytes += chunk.length;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    talk += chunk;
    if (until?.test(talk) === true) reachedMs ??= performance.now() - startedAt;
  });
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  const wallMs = until === undefined ? performance.now() - startedAt : (reachedMs ?? NaN);
  if (code !== 0)
    throw new Error(`${name} ends with status ${String(code)}, so its time says nothing:\n${talk}`);
  return { wallMs, firstByteMs, outBytes };
}

/** CPU time and peak memory, from GNU time. */
async function readResources(candidate: Candidate): Promise<{ cpuMs: number; peakBytes: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-'));
  try {
    const file = path.join(folder, 'time');
    const args = ['-f', '%U %S %M', '-o', file, candidate.command, ...candidate.args];
    await runOnce({ ...candidate, command: '/usr/bin/time', args });
    const [user = NaN, system = NaN, peakKib = NaN] = (await readFile(file, 'utf8')).split(' ').map(Number);
    return { cpuMs: (user + system) * 1000, peakBytes: peakKib * 1024 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureResources(candidate: Candidate): Promise<Pick<Row, 'cpuMs' | 'peakBytes'>> {
  const runs = [];
  try {
    for (let i = 0; i < 3; i++) runs.push(await readResources(candidate));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { cpuMs: null, peakBytes: null };
    throw error;
  }
  return {
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
  };
}

/** Medians of `rounds` interleaved runs of each candidate, after `warmUps` runs of each that do not count; `hasResources`: also CPU time and memory, in three more runs. */
export async function measure(
  candidates: readonly Candidate[],
  rounds: number,
  { warmUps = 1, hasResources = true }: { readonly warmUps?: number; readonly hasResources?: boolean } = {},
): Promise<Row[]> {
  const runs = candidates.map((): Run[] => []);
  for (let round = -warmUps; round < rounds; round++)
    for (const [i, candidate] of candidates.entries()) {
      const run = await runOnce(candidate);
      if (round >= 0) runs[i]?.push(run);
    }
  const rows = [];
  for (const [i, candidate] of candidates.entries()) {
    const own = runs[i] ?? [];
    rows.push({
      name: candidate.name,
      wallMs: median(own.map(({ wallMs }) => wallMs)),
      firstByteMs: median(own.map(({ firstByteMs }) => firstByteMs)),
      outBytes: median(own.map(({ outBytes }) => outBytes)),
      ...(hasResources && rounds > 0 ? await measureResources(candidate) : { cpuMs: null, peakBytes: null }),
    });
  }
  return rows;
}
