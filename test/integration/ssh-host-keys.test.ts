import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forgetHostKeys, trustOnFirstUse, trustOnProof } from '../../src/ssh/connect/host-keys.ts';
import { findKnownHosts } from '../../src/ssh/connect/known-hosts.ts';
import { makeKey } from '../support/openssh-server.ts';

const blobOf = (file: string): Buffer =>
  Buffer.from(readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? '', 'base64');

/** A process of its own that meets ten devices, and one that all processes meet. */
const meetTen = `
import { trustOnFirstUse } from ${JSON.stringify(path.resolve('src/ssh/connect/host-keys.ts'))};
const [file, who, key] = process.argv.slice(1);
const policy = trustOnFirstUse({ file, onTrusted: ({ name }) => process.stdout.write(name + '\\n') });
for (let i = 0; i < 10; i++) await (await policy.read(who + i)).remember(Buffer.from(key, 'base64'));
await (await policy.read('shared')).remember(Buffer.from(key, 'base64'));
`;

describe('the file of known host keys', function () {
  this.timeout(60_000);
  let directory: string;
  let file: string;
  let key: Buffer;
  let otherKey: Buffer;

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'os-hosts-'));
    key = blobOf(makeKey(directory, 'key'));
    otherKey = blobOf(makeKey(directory, 'other'));
  });
  beforeEach(() => (file = path.join(mkdtempSync(path.join(directory, 'state-')), 'os-cli', 'known_hosts')));
  after(() => rm(directory, { recursive: true }));

  const trusted: string[] = [];
  const policy = (): ReturnType<typeof trustOnFirstUse> =>
    trustOnFirstUse({ file, onTrusted: ({ name, fingerprint }) => trusted.push(`${name} ${fingerprint}`) });

  /** As a connection does it. */
  const meet = async (name: string, shown: Buffer): Promise<void> => {
    const known = await policy().read(name);
    known.verify(shown);
    await known.remember(shown);
  };

  it('tells of a device once, with the fingerprint that ssh-keygen shows', async () => {
    trusted.length = 0;
    await meet('[10.0.0.5]:22222', key);
    await meet('[10.0.0.5]:22222', key);
    const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-lf', path.join(directory, 'key.pub')], {
      encoding: 'utf8',
    }).split(' ');
    assert.deepEqual(trusted, [`[10.0.0.5]:22222 ${fingerprint}`]);
    assert.deepEqual((await policy().read('[10.0.0.5]:22222')).types, ['ssh-ed25519']);
  });

  it('is readable by OpenSSH, and reads what OpenSSH hashed', async () => {
    await meet('[10.0.0.5]:22222', key);
    const find = (): string =>
      execFileSync('ssh-keygen', ['-F', '[10.0.0.5]:22222', '-f', file], { encoding: 'utf8' });
    assert.match(find(), /Host \[10\.0\.0\.5\]:22222 found: line 1/);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    assert.match(readFileSync(file, 'utf8'), /^\|1\|/);
    assert.equal(findKnownHosts(readFileSync(file, 'utf8'), '[10.0.0.5]:22222').length, 1);
    assert.equal(await forgetHostKeys(file, ['[10.0.0.5]:22222']), true);
    assert.equal(findKnownHosts(readFileSync(file, 'utf8'), '[10.0.0.5]:22222').length, 0);
  });

  it('refuses another key of a known device, and takes it once the old one is forgotten', async () => {
    await meet('device', key);
    await assert.rejects(meet('device', otherKey), {
      code: 'host-key-changed',
      message: /reset or flashed/,
      hint: 'if you reset or flashed it, forget the old key: os ssh --forget device:22',
    });
    assert.equal(await forgetHostKeys(file, ['device', 'never seen']), true);
    assert.equal(await forgetHostKeys(file, ['device']), false);
    await meet('device', otherKey);
  });

  it('refuses another key of a device in the same process where nothing can be stored, and says so once', async () => {
    // The state directory leads nowhere, so nothing can be created in it.
    symlinkSync(path.join(directory, 'nowhere', 'deep'), path.dirname(file));
    trusted.length = 0;
    await meet('device', key);
    await meet('device', key);
    assert.equal(trusted.length, 1);
    assert.deepEqual((await policy().read('device')).types, ['ssh-ed25519']);
    await assert.rejects(meet('device', otherKey), { code: 'host-key-changed' });
    const first = await policy().read('another');
    const second = await policy().read('another');
    await first.remember(key);
    await assert.rejects(second.remember(otherKey), { code: 'host-key-changed' });
  });

  it('refuses a revoked key of any device', async () => {
    await meet('device', otherKey);
    writeFileSync(file, `${readFileSync(file, 'utf8')}@revoked * ssh-ed25519 ${key.toString('base64')}\n`);
    await assert.rejects(meet('new device', key), { code: 'host-key-changed', message: /revoked/ });
  });

  it('keeps the key of a device that was reset until the device has proved itself, and those of other ports', async () => {
    await meet('[10.0.0.7]:2222', key);
    await meet('[10.0.0.7]:22222', key);
    const before = readFileSync(file, 'utf8');
    const late = trustOnProof(file);
    const known = await late.read('[10.0.0.7]:2222');
    known.verify(otherKey);
    await known.remember(otherKey);
    assert.equal(readFileSync(file, 'utf8'), before);
    await late.trust('[10.0.0.7]:2222', ['[10.0.0.7]:2222']);
    await meet('[10.0.0.7]:2222', otherKey);
    await meet('[10.0.0.7]:22222', key);
    await assert.rejects(meet('[10.0.0.7]:2222', key), { code: 'host-key-changed' });
  });

  it('takes no revoked key even from a device that was reset', async () => {
    await meet('device', otherKey);
    writeFileSync(file, `${readFileSync(file, 'utf8')}@revoked * ssh-ed25519 ${key.toString('base64')}\n`);
    const known = await trustOnProof(file).read('device');
    assert.throws(() => known.verify(key), { code: 'host-key-changed', message: /revoked/ });
  });

  it('keeps what four processes add at once, each device once', async () => {
    const children = Array.from({ length: 4 }, (_, i) =>
      spawn(process.execPath, [
        '--import=tsx',
        '--input-type=module',
        '-e',
        meetTen,
        '--',
        file,
        `process${i.toString()}-`,
        key.toString('base64'),
      ]),
    );
    let told = '';
    for (const child of children) child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
    const ends = await Promise.all(children.map(child => once(child, 'close')));
    assert.deepEqual(ends, Array(4).fill([0, null]));
    const names = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(line => line.split(' ')[0] ?? '')
      .sort();
    const expected = [0, 1, 2, 3].flatMap(i =>
      Array.from({ length: 10 }, (_, j) => `process${i.toString()}-${j.toString()}`),
    );
    assert.deepEqual(names, [...expected, 'shared'].sort());
    assert.deepEqual(told.trim().split('\n').sort(), names);
  });
});
