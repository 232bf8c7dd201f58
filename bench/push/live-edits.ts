/** A push after a live session: its edits are built in out of the project. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, type Row } from '../measure.ts';
import { projectFiles, started, type Measured } from './deltas.ts';
import { os, type Setting } from './setting.ts';

const edits = 100;

/** Attaches a live session, makes the edits, and ends it once the last one is in the container. */
async function editLive({ address, host, env }: Setting, directory: string, round: number): Promise<void> {
  const [command = '', ...args] = os('push', address, '--source', directory, '--json');
  const session = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(session, 'close');
  let said = '';
  session.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  while (!said.includes('"attached"')) {
    if (session.exitCode !== null) throw new Error(`the session ended: ${said}`);
    await sleep(20);
  }
  for (let i = 0; i < edits; i++) {
    await writeFile(
      path.join(directory, `edited-${i.toString()}.txt`),
      `${round.toString()} ${i.toString()}`,
    );
    await sleep(10);
  }
  const last = `edited-${(edits - 1).toString()}.txt`;
  const wanted = readFileSync(path.join(directory, last), 'utf8');
  const container = `${path.basename(directory)}-main-1`;
  for (let tries = 0; ; tries++) {
    const read = ['-H', host, 'exec', container, 'cat', `/data/${last}`];
    const found = await Promise.resolve()
      .then(() => execFileSync('docker', read, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      .catch(() => undefined);
    if (found === wanted) break;
    if (tries > 100) throw new Error(`the last edit does not arrive: ${said}`);
    await sleep(100);
  }
  session.kill('SIGINT');
  await ended;
}

export async function measureAfterEdits(setting: Setting): Promise<Measured> {
  const directory = await setting.makeProject('after-edits', projectFiles(['COPY . /data']));
  const [command = '', ...args] = os('push', setting.address, '--source', directory, '--detach');
  let round = 0;
  const before = (): Promise<void> => editLive(setting, directory, ++round);
  const candidate = {
    name: 'os push after 100 live edits',
    command,
    args,
    env: setting.env,
    until: started,
    before,
  };
  const [row]: (Row | undefined)[] = await measure([candidate], 3);
  if (row === undefined) throw new Error('nothing was measured');
  return {
    rows: [row],
    claims: [{ what: 'a push after 100 live edits', value: row.wallMs, unit: 'ms', atMost: 900 }],
  };
}
