import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { deviceEnvironment, upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openLiveProject, quietProject, useLiveDevice } from '../support/live-project.ts';
import { listImageFiles, openSession } from '../support/live-session.ts';
import { randomFrom } from '../support/random-edits.ts';
import { runOs } from '../support/run-program.ts';
import type { Tree } from '../support/tree.ts';

/** What an image may have at and above a destination, each with a file beside that is nobody's to touch. */
const images: readonly (readonly [what: string, made: string, into: string])[] = [
  ['a directory', 'mkdir -p /d/sub && echo image >/d/a.txt && echo image >/d/sub/c.txt', '/d'],
  ['a link to a directory', 'mkdir /real && echo image >/real/a.txt && ln -s real /d', '/d'],
  ['an absolute link', 'mkdir -p /far/real/sub && ln -s /far/real /d', '/d'],
  ['a link to a link', 'mkdir /real && ln -s real /second && ln -s /second /d', '/d'],
  ['a link above it', 'mkdir -p /real/in && echo image >/real/in/b.txt && ln -s real /up', '/up/in'],
  ['a link above a missing directory', 'mkdir /real && ln -s real /up', '/up/new/deep'],
  ['a link that leads nowhere', 'ln -s /not/there /d', '/d'],
  ['a link below it', 'mkdir -p /d /other && ln -s /other /d/sub', '/d'],
  ['nothing', ':', '/d'],
];

const sources = [
  'COPY SRC/ INTO/',
  'COPY SRC INTO',
  'COPY SRC/a.txt SRC/b.txt INTO/',
  'COPY SRC/*.txt INTO/',
];

const hasOwnFiles = `for at in / /d /real /far/real /real/in /other /usr; do [ ! -d $at ] || echo "$at" >$at/bystander; done`;

const editedSum = createHash('sha256').update('edited\n').digest('hex');

describe('a live session', function () {
  this.timeout(upTimeoutMs);
  const { device, converges } = useLiveDevice();
  const seed = Number(process.env['LIVE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

  it(`follows the links of an image as a build does, and touches nothing else in the container (LIVE_SEED=${seed.toString()})`, async () => {
    const random = randomFrom(seed);
    // Half of them in each run, so that a run takes no longer than it has to.
    const some = images.filter((_, i) => (i + seed) % 2 === 0);
    const services = some.map(([what, made, into], i) => {
      const name = `s${i.toString()}`;
      const copy = (sources[random(sources.length)] ?? '').replaceAll('SRC', name).replaceAll('INTO', into);
      return { what, name, copy, made };
    });
    const tree: Record<string, Tree[string]> = {};
    let compose = 'services:\n';
    for (const { name, copy, made } of services) {
      for (const file of ['a.txt', 'b.txt', 'sub/c.txt']) tree[`${name}/${file}`] = `${file} of ${name}\n`;
      tree[`${name}.Dockerfile`] =
        `FROM busybox\nRUN ${made}\nRUN ${hasOwnFiles}\n${copy}\nSTOPSIGNAL SIGKILL\nCMD ["sleep", "100000"]\n`;
      compose += `  ${name}:\n    build: {context: ., dockerfile: ${name}.Dockerfile, network: none}\n    network_mode: none\n`;
    }
    tree['compose.yaml'] = compose;
    // A container that is being restarted lists nothing.
    const list = (name: string): Promise<string[]> =>
      eventually(async () => {
        const lines = await listImageFiles(device(), name);
        assert.ok(lines.length > 50);
        return lines;
      }, 60_000);
    const listAll = async (): Promise<Record<string, string[]>> =>
      Object.fromEntries(
        await Promise.all(
          services.map(async ({ name }): Promise<[string, string[]]> => [name, await list(name)]),
        ),
      );
    await using project = await openLiveProject(device(), tree, { services: services.length });
    const told = (): string =>
      services.map(({ name, what, copy }) => `${name}: ${what}, ${copy}`).join('\n') +
      project.session.events.map(it => `\n${JSON.stringify(it)}`).join('');
    // Attaching has changed nothing: not a file is written or removed without an edit.
    assert.deepEqual(
      project.session.events.filter(it => it.type === 'synced' || it.type === 'rebuilding'),
      [],
      told(),
    );
    for (const { name } of services) {
      await writeFile(project.at(`${name}/a.txt`), 'edited\n');
      await writeFile(project.at(`${name}/new.txt`), 'new\n');
    }
    for (const { name, copy } of services)
      await eventually(async () => {
        const isEdited = (await listImageFiles(device(), name)).some(line => line.endsWith(` ${editedSum}`));
        assert.ok(isEdited, `${copy}\n${told()}`);
      }, 60_000);
    for (const { name } of services.filter(it => !it.copy.includes('/b.txt')))
      await rm(project.at(random(2) === 0 ? `${name}/b.txt` : `${name}/sub/c.txt`));
    await eventually(async () => {
      const lastCause = project.session.events.findLast(
        it => it.type === 'rebuilding' || it.type === 'synced',
      );
      assert.ok(lastCause !== undefined);
      const count = (type: string): number =>
        project.session.events.filter(event => event.type === type).length;
      assert.equal(count('restarting'), count('restarted'));
      await new Promise(resolve => setTimeout(resolve, 3000));
      assert.equal(
        project.session.events.findLast(it => it.type === 'rebuilding' || it.type === 'synced'),
        lastCause,
      );
    }, 120_000);
    const synced = await listAll();
    await project.session.interrupt();
    const args = ['push', device().address, '-s', project.directory, '--detach'];
    const pushed = await runOs(args, { env: deviceEnvironment() });
    assert.equal(pushed.code, 0, pushed.stderr);
    const built = await listAll();
    for (const { name, what, copy } of services)
      assert.deepEqual(synced[name], built[name], `${name}: ${what}, ${copy}\n${told()}`);
  });

  it('is the only one of its project on a device: another is told who is at work, and begins once that was killed', async () => {
    await using project = await openLiveProject(device(), quietProject);
    const os = (...args: string[]): ReturnType<typeof runOs> =>
      runOs([...args, device().address, '-s', project.directory], { env: deviceEnvironment() });
    for (const command of ['live', 'push']) {
      const { code, stderr } = await os(command);
      assert.equal(code, 8, stderr);
      assert.match(
        stderr,
        /another live session of \S+ is at work on this device: \S+ on \S+, process \d+, since/,
      );
    }
    const detached = await os('push', '--detach');
    assert.equal(detached.code, 0, detached.stderr);
    assert.match(detached.stderr, /a live session of \S+ is at work on this device and syncs its own files/);
    await project.session.kill();
    await using next = await openSession(device(), project.directory, { command: 'live' });
    await writeFile(project.at('app/a.txt'), 'two\n');
    await converges(project);
    await next.interrupt();
    const volumes = (await device().engine('/volumes')) as { Volumes: { Name: string }[] };
    assert.deepEqual(
      volumes.Volumes.filter(({ Name }) => Name.startsWith('os-')),
      [],
    );
  });
});
