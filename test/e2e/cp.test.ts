import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { eventually } from '../support/eventually.ts';
import { deviceEnvironment } from '../support/emulated-device.ts';
import { outcomeOf, type Ended } from '../support/os-ssh.ts';
import { root } from '../support/run-program.ts';
import { run } from '../support/run.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { useTempDirectory } from '../support/temp-directory.ts';

describe('os cp', function () {
  this.timeout(180_000);
  const device = useSharedDevice();
  const directory = useTempDirectory();
  const at = (...parts: string[]): string => path.join(directory(), ...parts);
  const there = (place: string): string => `${device().address}:${place}`;
  const os = async (args: readonly string[], input: string | Buffer = ''): Promise<Ended> => {
    const env = { ...process.env, ...deviceEnvironment(), NO_COLOR: '1' };
    const child = spawn(process.execPath, [path.join(root, 'bin/run.js'), 'cp', ...args], { env });
    child.stdin.on('error', () => undefined).end(input);
    return outcomeOf(child);
  };
  const copies = async (...args: string[]): Promise<void> => {
    const { status, stderr } = await os(args);
    assert.equal(status, 0, stderr);
  };
  const onDevice = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await device().ssh(script);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** Modes, times, links and sums of everything in a directory, as a shell sees it. */
  const sums = `find . -printf '%P %y %m %l %Ts\\n' | grep -v '^ ' | sort | cksum; find . -type f -print0 | sort -z | xargs -0 cksum | cksum`;

  before(async () => {
    await eventually(() => onDevice('docker image inspect busybox'));
    const label = '--label com.docker.compose.project=p --label com.docker.compose.service';
    await onDevice(`
      docker run --detach --init --name web --tmpfs /ram ${label}=web busybox sleep 100000
      docker run --detach --init --name locked --read-only --volume kept:/kept ${label}=locked busybox sleep 100000
      docker run --name job ${label}=job busybox sh -c 'mkdir /out; echo result > /out/file'`);
  });

  it('copies a tree of 5,000 files to the host and back, twice, as it is', async () => {
    await mkdir(at('tree'));
    for (let i = 0; i < 50; i++) {
      await mkdir(at('tree', `directory ${i.toString()}`));
      for (let j = 0; j < 100; j++)
        await writeFile(at('tree', `directory ${i.toString()}`, `file "${j.toString()}"`), randomBytes(200));
    }
    await symlink('/nowhere', at('tree', 'link'));
    const wanted = await run('sh', ['-c', `cd ${at('tree')} && ${sums}`]);
    for (let round = 0; round < 2; round++) {
      await copies(at('tree'), there('/mnt/data/tree'));
      assert.equal(await onDevice(`cd /mnt/data/tree && ${sums}`), wanted);
      await copies(there('/mnt/data/tree'), at('back'));
      assert.equal(await run('sh', ['-c', `cd ${at('back')} && ${sums}`]), wanted);
    }
    assert.equal(await onDevice("ls -A /mnt/data | grep -c '^.os-cp' || true"), '0\n');
  });

  it('copies into and out of a running container, its tmpfs too, as files of root', async () => {
    await mkdir(at('site', 'deep'), { recursive: true });
    await writeFile(at('site', 'deep', 'page'), 'a page\n');
    await run('chown', ['-R', '1000:1000', at('site')]);
    for (let round = 0; round < 2; round++) await copies(at('site'), there('web:/srv'));
    await copies(at('site', 'deep', 'page'), there('web:/ram/'));
    const seen = await onDevice(
      'docker exec web sh -c "cat /srv/deep/page /ram/page; stat -c %u:%g /srv/deep/page"',
    );
    assert.equal(seen, 'a page\na page\n0:0\n');
    await copies(at('site'), there('web:/owned'), '--archive');
    assert.equal(await onDevice('docker exec web stat -c %u:%g /owned/deep/page'), '1000:1000\n');
    await copies(there('web:/ram/*'), at('back'));
    assert.equal(await readFile(at('back'), 'utf8'), 'a page\n');
  });

  it('copies a large file into a running container, whatever is mounted there', async () => {
    await writeFile(at('large'), randomBytes(40_000_000), { mode: 0o640 });
    await copies(at('large'), there('web:/opt/'));
    await copies(at('large'), there('web:/ram/'));
    await copies(at('large'), there('locked:/kept/'));
    const sum = (await run('sh', ['-c', `cksum < ${at('large')}`])).trim();
    const seen = await onDevice(`for place in web:/opt web:/ram locked:/kept; do
      docker exec \${place%:*} cat \${place#*:}/large | cksum
      docker exec \${place%:*} stat -c '%a %u' \${place#*:}/large
      docker exec \${place%:*} ls -A \${place#*:} | grep os-cp; done; true`);
    assert.equal(seen, `${sum}\n640 0\n`.repeat(3));
  });

  it('copies into and out of a stopped container', async () => {
    await copies(there('job:/out'), at('out'));
    assert.equal(await readFile(at('out', 'file'), 'utf8'), 'result\n');
    await writeFile(at('file'), 'changed\n');
    await copies(at('file'), there('job:/out'));
    await copies(there('job:/out/.'), at('out'), '--force');
    assert.equal(await readFile(at('out', 'file'), 'utf8'), 'changed\n');
    const { status, stderr } = await os([there('job:/nowhere'), at('x')]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /job on .* has no \/nowhere/);
  });

  it('copies into and out of a running container that has no shell, or no tar', async () => {
    await onDevice(`
      label='--label com.docker.compose.project=p --label com.docker.compose.service'
      for gone in sh tar; do
        docker run --detach --init --name "no-$gone" $label="no-$gone" busybox sleep 100000
        docker exec "no-$gone" rm "/bin/$gone"
      done`);
    await mkdir(at('some'));
    await writeFile(at('some', 'large'), randomBytes(40_000_000));
    for (const service of ['no-sh', 'no-tar']) {
      await copies(at('some'), there(`${service}:/root/`));
      await copies(there(`${service}:/root/some`), at(service));
      assert.ok((await readFile(at(service, 'large'))).equals(await readFile(at('some', 'large'))));
      const { status, stderr } = await os([at('some', 'large'), there(`${service}:/nowhere/x`)]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /no-\w+ on .*: no such directory: \/nowhere\n/);
    }
  });

  it('takes stdin and gives stdout, byte for byte', async () => {
    const bytes = randomBytes(3_000_000);
    for (const place of ['/mnt/data/bytes', 'web:/bytes']) {
      const sent = await os(['-', there(place)], bytes);
      assert.equal(sent.status, 0, sent.stderr);
      const got = await os([there(place), '-']);
      assert.ok(got.stdout.equals(bytes), got.stderr);
    }
  });

  it('says plainly what is missing, in the way or read-only', async () => {
    await writeFile(at('file'), 'x');
    const cases = [
      [[there('/etc/nowhere'), at('x')], 2, /has no \/etc\/nowhere\n/],
      [[at('file'), there('/mnt/data/no/such')], 2, /no such directory: \/mnt\/data\/no\n/],
      [[at('file'), there('nope:/x')], 2, /has no service nope/],
      [[at('nowhere'), there('/mnt/data/')], 2, /no such file: /],
      [[at('file'), there('/usr/bin/x')], 2, /[Rr]ead-only/],
      [[at('file'), at('other')], 2, /neither end is on a device/],
    ] as const;
    for (const [args, status, said] of cases) {
      const ended = await os(args);
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, said);
    }
  });

  it('writes nothing outside of the destination when a device sends a hostile archive', async () => {
    const tar = pack();
    tar.entry({ name: 'x', type: 'directory' });
    tar.entry({ name: 'x/way', type: 'symlink', linkname: directory() });
    tar.entry({ name: 'x/way/evil' }, 'evil');
    tar.entry({ name: 'x/../../evil' }, 'evil');
    tar.finalize();
    const encoded = (await buffer(tar)).toString('base64');
    await onDevice(`mkdir /tmp/evil; touch /tmp/evil/x; base64 -d > /tmp/evil/tar <<END
${encoded}
END
      printf '#!/bin/sh\\ncat /tmp/evil/tar\\n' > /tmp/evil/program; chmod 755 /tmp/evil/program
      mount --bind /tmp/evil/program /usr/bin/tar`);
    await mkdir(at('inside'));
    const { status, stderr } = await os([there('/tmp/evil/x'), at('inside')]);
    // Others use the device afterwards.
    await onDevice('umount /usr/bin/tar');
    assert.ok(status === 2 || status === 4, stderr);
    assert.deepEqual(await readdir(directory()), ['inside']);
  });
});
