/** One change of a project that was pushed before, until the new container runs: `os push` against `docker build` and `docker run`. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { measure, type Candidate, type Row } from '../measure.ts';
import type { Claim } from '../report.ts';
import { os, type Setting } from './setting.ts';

export interface Measured {
  readonly rows: readonly Row[];
  readonly claims: readonly Claim[];
}

/** Where a push has started the new container; it goes on to see that the service stays up. */
export const started = /^main +\| started$/m;

export const largeBytes = 200_000_000;
const compose = 'services:\n  main: {build: ., init: true}\n';
const ignored = 'compose.yaml\nDockerfile\n.dockerignore\n';
const dockerfile = (lines: readonly string[], seconds = 100_000): string =>
  ['FROM busybox', ...lines, `CMD ["sleep", "${seconds.toString()}"]`, ''].join('\n');

export const projectFiles = (lines: readonly string[]): Record<string, string> => ({
  'compose.yaml': compose,
  '.dockerignore': ignored,
  Dockerfile: dockerfile(lines),
  'a.txt': '0',
});

/** `os push` and what does the same by hand, each after one more `edit` of the project. */
export function candidatesFor(
  { address, host, env }: Setting,
  directory: string,
  edit: (count: number) => Promise<void>,
): { ours: Candidate; docker: Candidate } {
  let count = 0;
  const before = (): Promise<void> => edit(++count);
  const name = path.basename(directory);
  const [command = '', ...args] = os('push', address, '--source', directory, '--detach');
  const byHand =
    'docker -H "$1" build --tag "$2" "$3" && { docker -H "$1" rm --force "$2"; docker -H "$1" run --init --detach --name "$2" "$2"; }';
  return {
    ours: { name: `os push, ${name}`, command, args, env, until: started, before },
    docker: {
      name: `docker build + run, ${name}`,
      command: 'sh',
      args: ['-c', byHand, 'sh', host, `theirs-${name}`, directory],
      env,
      before,
    },
  };
}

/** Bytes that one more run sends to the device, all protocols included. */
export async function countSent(
  { readSentBytes }: Setting,
  { command, args, env, before }: Candidate,
): Promise<number> {
  await before?.();
  const sentBefore = readSentBytes();
  execFileSync(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  return readSentBytes() - sentBefore;
}

const editFile =
  (directory: string) =>
  (count: number): Promise<void> =>
    writeFile(path.join(directory, 'a.txt'), count.toString());

export async function measureDeltas(setting: Setting): Promise<Measured> {
  const one = await setting.makeLarge('one-of-200-mb', largeBytes, projectFiles(['COPY . /data']));
  const run = await setting.makeLarge(
    'run-after-copy',
    largeBytes,
    projectFiles(['COPY . /data', 'RUN md5sum /data/a.txt > /sum']),
  );
  const cmd = await setting.makeLarge('cmd-changed', largeBytes, projectFiles(['COPY . /data']));
  const small = await setting.makeProject('small', projectFiles(['COPY . /data']));
  const editCommand = (count: number): Promise<void> =>
    writeFile(path.join(cmd, 'Dockerfile'), dockerfile(['COPY . /data'], 100_000 + count));
  const pairs = [
    candidatesFor(setting, one, editFile(one)),
    candidatesFor(setting, run, editFile(run)),
    candidatesFor(setting, cmd, editCommand),
    candidatesFor(setting, small, editFile(small)),
  ];
  const rows: Row[] = [];
  const times: { ours: number; ratio: number; sentBytes: number }[] = [];
  for (const { ours, docker } of pairs) {
    const [oursRow, dockerRow] = await measure([ours, docker], 3, { hasResources: false });
    if (oursRow === undefined || dockerRow === undefined) throw new Error('nothing was measured');
    rows.push(oursRow, dockerRow);
    const sentBytes = await countSent(setting, ours);
    times.push({ ours: oursRow.wallMs, ratio: oursRow.wallMs / dockerRow.wallMs, sentBytes });
  }
  const [ofOne, ofRun, ofCmd, ofSmall] = times;
  if (ofOne === undefined || ofRun === undefined || ofCmd === undefined || ofSmall === undefined)
    throw new Error('nothing was measured');
  const kilobytes = ({ sentBytes }: { sentBytes: number }): number => sentBytes / 1000;
  return {
    rows,
    claims: [
      { what: 'one file of 200 MB, time / docker build + run', value: ofOne.ratio, unit: '×', atMost: 0.45 },
      { what: 'one file of 200 MB', value: ofOne.ours, unit: 'ms', atMost: 900 },
      { what: 'sent for it', value: kilobytes(ofOne), unit: 'kB', atMost: 200 },
      { what: 'the same with RUN after the COPY, time / docker', value: ofRun.ratio, unit: '×', atMost: 1 },
      { what: 'sent for it', value: kilobytes(ofRun), unit: 'kB', atMost: 300 },
      { what: 'CMD changed', value: ofCmd.ours, unit: 'ms', atMost: 800 },
      { what: 'sent for it', value: kilobytes(ofCmd), unit: 'kB', atMost: 100 },
      { what: 'one file of a small project', value: ofSmall.ours, unit: 'ms', atMost: 550 },
    ],
  };
}
