import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from '../support/eventually.ts';
import { lastOf, usePushing, type Listed } from '../support/pushing.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

describe('os push, when something is wrong', function () {
  this.timeout(90_000);
  const { device, os, start, push, pushed, containers, noBuildContainers } = usePushing();

  it('shows what a failing build step printed, cancels the other builds, and ends with 5', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: failing\nservices:\n  bad: {build: bad}\n  slow: {build: slow}\n',
      'bad/Dockerfile': 'FROM busybox\nRUN echo the reason why >&2; exit 3\n',
      'slow/Dockerfile': 'FROM busybox\nRUN sleep 300\n',
    });
    const startedMs = performance.now();
    const ended = await push(project.path);
    assert.equal(ended.code, 5, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.equal(last.error.code, 'build-failed');
    assert.match(last.error.message, /^the build of bad fails at step 2\/2: .*returned a non-zero code: 3/);
    assert.match(last.error.message, /\n {2}the reason why/);
    assert.ok(performance.now() - startedMs < 60_000);
    await noBuildContainers();
    const plain = await os('push', device().address, '--source', project.path, '--detach');
    assert.equal(plain.code, 5);
    assert.match(plain.stderr, /the reason why/);
  });

  it('ends with 6 and the last lines of a service that crashes', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml':
        'name: crashing\nservices:\n  bad:\n    image: busybox\n    command: ["sh", "-c", "echo cannot go on; exit 7"]\n',
    });
    const ended = await push(project.path);
    assert.equal(ended.code, 6, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.match(last.error.message, /^bad has ended with status 7\n {2}cannot go on$/);
  });

  it('keeps the old container when the new one cannot be started', async () => {
    await using project = await openTempDirectory();
    const compose = (command: string): string =>
      `name: steady\nservices:\n  web:\n    image: busybox\n    init: true\n    command: ${command}\n`;
    await makeTree(project.path, { 'compose.yaml': compose('sleep 1000') });
    await pushed(project.path);
    const [before] = await containers('steady');
    await writeFile(path.join(project.path, 'compose.yaml'), compose('/no/such/program'));
    // With init the engine cannot tell; without it, it can.
    await writeFile(
      path.join(project.path, 'compose.yaml'),
      compose('/no/such/program').replace('init: true', 'init: false'),
    );
    const ended = await push(project.path);
    assert.equal(ended.code, 6, ended.stdout);
    const afterwards = await containers('steady');
    assert.deepEqual(
      afterwards.map(it => [it.Id, it.Names[0], it.State]),
      [[before?.Id, '/steady-web-1', 'running']],
    );
  });

  it('refuses a second push to the same project with 8, also when the first was killed only a moment ago', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: busy\nservices:\n  web: {build: .}\n',
      Dockerfile: 'FROM busybox\nRUN sleep 20\nCMD ["sleep", "1000"]\n',
    });
    const first = start('push', device().address, '--source', project.path, '--detach');
    await first.saying(/step 2\/3/);
    const second = await push(project.path);
    assert.equal(second.code, 8, second.stdout);
    first.kill('SIGKILL');
    await first.ended;
    await writeFile(
      path.join(project.path, 'Dockerfile'),
      'FROM busybox\nSTOPSIGNAL KILL\nCMD ["sleep", "1000"]\n',
    );
    await pushed(project.path);
    const volumes = (await device().engine('/volumes')) as { Volumes: { Name: string }[] | null };
    assert.deepEqual(
      (volumes.Volumes ?? []).map(({ Name }) => Name).filter(name => name.startsWith('os-')),
      [],
    );
  });

  it('leaves no containers on the engine when Ctrl-C ends a build', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, { Dockerfile: 'FROM busybox\nRUN sleep 300\n' });
    const pushing = start(
      'push',
      device().address,
      '--source',
      project.path,
      '--detach',
      '--project',
      'stopped',
    );
    await pushing.saying(/step 2\/2/);
    await eventually(async () => {
      const all = (await device().engine('/containers/json')) as Listed[];
      assert.ok(all.some(it => it.Labels['com.docker.compose.project'] === undefined));
    });
    pushing.kill('SIGINT');
    assert.equal((await pushing.ended).code, 130);
    await noBuildContainers();
  });

  it('says that the connection is lost when the engine is started again during a build, and converges', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: cut\nservices:\n  web: {build: ., init: true}\n',
      Dockerfile: 'FROM busybox\nRUN sleep 6\nCMD ["sleep", "1000"]\n',
    });
    const pushing = start('push', device().address, '--source', project.path, '--detach', '--json');
    await pushing.saying(/"build-step".*"step":2/);
    await device().ssh('systemctl restart balena');
    const ended = await pushing.ended;
    assert.equal(ended.code, 10, ended.stdout + ended.stderr);
    await eventually(async () => {
      await device().engine('/_ping');
    });
    await pushed(project.path);
    const last = lastOf(await push(project.path));
    assert.equal(last.type === 'done' && last.outcome, 'up-to-date');
    // Nothing but the engine could have removed the container of the step that was running when it died.
    await device().ssh('docker container prune --force');
  });

  it('converges wherever a push was killed', async () => {
    await using project = await openTempDirectory();
    const compose = (value: string): string =>
      ['a', 'b', 'c']
        .map(
          name => `  ${name}: {build: ., init: true, environment: {VALUE: "${value}"}, volumes: ["v:/v"]}\n`,
        )
        .join('');
    const write = (value: string): Promise<void> =>
      makeTree(project.path, {
        'compose.yaml': `name: killed\nservices:\n${compose(value)}volumes: {v: {}}\n`,
        Dockerfile: `FROM busybox\nENV VALUE=${value}\nCMD ["sleep", "1000"]\n`,
      });
    for (const [i, afterMs] of [300, 600, 1000, 1500, 2200].entries()) {
      await write(i.toString());
      const pushing = start('push', device().address, '--source', project.path, '--detach');
      await new Promise(resolve => setTimeout(resolve, afterMs));
      pushing.kill('SIGKILL');
      await pushing.ended;
    }
    await pushed(project.path);
    const last = lastOf(await push(project.path));
    assert.equal(last.type === 'done' && last.outcome, 'up-to-date');
    assert.deepEqual(
      (await containers('killed')).map(it => [it.Names[0], it.State]).sort(),
      ['a', 'b', 'c'].map(name => [`/killed-${name}-1`, 'running']),
    );
  });
});
