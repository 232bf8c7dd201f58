import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OsError } from '../../src/core/errors.ts';
import library from 'ssh2';
import { openPrivateKey } from '../../src/ssh/keys/private-key.ts';
import type { Authentication } from '../../src/ssh/keys/authentication.ts';
import { trustOnFirstUse } from '../../src/ssh/connect/host-keys.ts';
import { openTcp } from '../../src/net/tcp.ts';
import { openSshSession } from '../../src/ssh/connect/open-session.ts';
import { makeKey, useOpenSshServer, type OpenSshServer } from '../support/openssh-server.ts';
import { cleanEnvironment, osSsh } from '../support/os-ssh.ts';
import { lineOf, openTerminal } from '../support/terminal.ts';

/** A real ssh-agent in the foreground, holding `keys`. */
async function openAgent(
  directory: string,
  keys: readonly string[],
): Promise<AsyncDisposable & { socket: string }> {
  const socket = path.join(directory, `agent-${Math.random().toString(36).slice(2)}`);
  const child: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  while (!existsSync(socket)) await new Promise(resolve => setTimeout(resolve, 10));
  for (const key of keys)
    execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
  return {
    socket,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

describe('a device that takes keys only', function () {
  this.timeout(60_000);
  let server: OpenSshServer;
  let directory: string;
  const keys: Record<string, string> = {};
  const notes: string[] = [];

  useOpenSshServer(
    () => ({}),
    opened => {
      server = opened;
      ({ directory } = server);
      keys['ed25519'] = makeKey(directory, 'ed25519');
      keys['ecdsa'] = makeKey(directory, 'ecdsa', { type: 'ecdsa' });
      keys['rsa'] = makeKey(directory, 'rsa', { type: 'rsa' });
      keys['locked'] = makeKey(directory, 'locked', { passphrase: 'open sesame' });
      const pem = { type: 'rsa', passphrase: 'open sesame', format: 'PEM' };
      keys['locked PEM'] = makeKey(directory, 'locked-pem', pem);
      for (const key of Object.values(keys)) server.authorize(key);
    },
  );
  beforeEach(() => notes.splice(0));

  /** Logs in with what is given, and runs a command. */
  async function logIn(authentication: Partial<Authentication>): Promise<void> {
    await using session = await openSshSession({
      address: '127.0.0.1',
      port: server.port,
      openSocket: signal => openTcp('127.0.0.1', server.port, signal),
      hostKeyName: 'device',
      authentication: { keyFiles: [], note: text => notes.push(text), ...authentication },
      hostKeys: trustOnFirstUse({
        file: path.join(server.directory, 'known_hosts'),
        onTrusted: () => undefined,
      }),
      signal: AbortSignal.timeout(30_000),
    });
    assert.deepEqual((await session.run('true')).exit, { status: 0 });
  }

  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    it(`lets in the ${type} key named by the user`, () => logIn({ identityFile: keys[type] }));
    it(`lets in the ${type} key of an agent`, async () => {
      await using agent = await openAgent(directory, [keys[type] ?? '']);
      await logIn({ agentSocket: agent.socket });
    });
  }

  it("lets in a key among the user's files", () =>
    logIn({ keyFiles: [path.join(directory, 'absent'), keys['ed25519'] ?? ''] }));

  for (const kind of ['locked', 'locked PEM'])
    it(`asks for the passphrase of a ${kind} key, again when it is wrong`, async () => {
      const answers = ['wrong', 'open sesame'];
      const asked: string[] = [];
      await logIn({
        identityFile: keys[kind],
        askPassphrase: file => {
          asked.push(file);
          return Promise.resolve(answers.shift());
        },
      });
      assert.deepEqual(asked, [keys[kind], keys[kind]]);
      assert.deepEqual(notes, [`that is not the passphrase of ${keys[kind] ?? ''}`]);
    });

  /** A key in PKCS#8, as OpenSSL and many tools write it, and let in. */
  function makePkcs8Key(name: string, type: 'rsa' | 'ec' | 'ed25519', passphrase?: string): string {
    const { privateKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : type === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
          : generateKeyPairSync('ed25519');
    const file = path.join(directory, name);
    const locking = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem', ...locking }), { mode: 0o600 });
    const clear = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const key = openPrivateKey(library, clear.toString());
    assert.ok(key, 'it can be opened');
    appendFileSync(
      path.join(directory, 'authorized_keys'),
      `${key.type} ${key.getPublicSSH().toString('base64')}\n`,
    );
    return file;
  }

  for (const type of ['rsa', 'ec', 'ed25519'] as const) {
    it(`lets in a PKCS#8 key of type ${type}`, () =>
      logIn({ identityFile: makePkcs8Key(`${type}-pkcs8`, type) }));
    it(`asks for the passphrase of an encrypted PKCS#8 key of type ${type}, which has no .pub file`, async () => {
      const file = makePkcs8Key(`${type}-pkcs8-locked`, type, 'open sesame');
      const answers = ['wrong', 'open sesame'];
      await logIn({ identityFile: file, askPassphrase: () => Promise.resolve(answers.shift()) });
      assert.deepEqual(notes, [`that is not the passphrase of ${file}`]);
    });
  }

  it('says of an encrypted key without a .pub file that this is why it is not offered', async () => {
    const file = makePkcs8Key('unnamed', 'ec', 'open sesame');
    const askPassphrase = (): Promise<string> => assert.fail('nobody named it');
    await logIn({ keyFiles: [file, keys['rsa'] ?? ''], askPassphrase });
    assert.deepEqual(notes, [`skipping ${file}: it is encrypted, and its public half is not in ${file}.pub`]);
  });

  it('says nothing of other keys when one is named', async () => {
    const others = Array.from({ length: 9 }, (_, i) => makeKey(directory, `beside${i.toString()}`));
    await using agent = await openAgent(directory, others);
    await logIn({
      identityFile: keys['ed25519'],
      agentSocket: agent.socket,
      keyFiles: [keys['locked'] ?? '', '/etc/hostname'],
    });
    assert.deepEqual(notes, []);
  });

  it('ends at once when the user interrupts the question for a passphrase', async () => {
    const interruption = new OsError('interrupted', 'interrupted');
    const askPassphrase = (): Promise<string> => Promise.reject(interruption);
    const files = { identityFile: keys['locked'], keyFiles: [keys['ed25519'] ?? ''] };
    await assert.rejects(logIn({ ...files, askPassphrase }), interruption);
  });

  it('asks for no passphrase of a key that the device does not take', async () => {
    const other = makeKey(directory, 'locked-other', { passphrase: 'x' });
    await logIn({
      keyFiles: [other, keys['ed25519'] ?? ''],
      askPassphrase: file => assert.fail(`asked for ${file}`),
    });
  });

  it('skips a locked key, and names it, where nobody can be asked', async () => {
    await logIn({ keyFiles: [keys['locked'] ?? '', keys['rsa'] ?? ''] });
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', /^skipping .*\/locked: it is encrypted/);
  });

  it('finds the right file although an agent holds more keys than the device lets us try', async () => {
    const others = Array.from({ length: 9 }, (_, i) => makeKey(directory, `other${i.toString()}`));
    await using agent = await openAgent(directory, others);
    await logIn({ agentSocket: agent.socket, keyFiles: [keys['ed25519'] ?? ''] });
    assert.match(notes.join(), /the SSH agent holds 9 keys, of which the first 5 are offered/);
  });

  it('goes on without an agent that is gone', () =>
    logIn({ agentSocket: path.join(directory, 'gone'), identityFile: keys['rsa'] }));

  it('refuses everything else with what to do about it', async () => {
    const stranger = makeKey(directory, 'stranger');
    await assert.rejects(logIn({ identityFile: stranger }), {
      code: 'auth-refused',
      message: `127.0.0.1 port ${server.port.toString()} refuses to let root in`,
      hint: /^it takes SSH keys only, as production devices do: add your public key to os\.sshKeys/,
    });
  });

  it('says when the key that the user named cannot be used', async () => {
    await assert.rejects(logIn({ identityFile: path.join(directory, 'absent') }), {
      code: 'usage',
      message: /cannot read the key .*absent: no such file or directory/,
    });
    await assert.rejects(logIn({ identityFile: `${keys['rsa'] ?? ''}.pub` }), {
      code: 'usage',
      message: /public key/,
    });
    await assert.rejects(logIn({ identityFile: '/etc/hostname' }), {
      code: 'usage',
      message: /not a private SSH key/,
    });
  });

  it('asks for a passphrase on the terminal without showing it', async () => {
    const env = cleanEnvironment(server.directory);
    const words = [
      ...osSsh,
      `127.0.0.1:${server.port.toString()}`,
      '-i',
      keys['locked'] ?? '',
      '--',
      'echo',
      'inside',
    ];
    await using terminal = await openTerminal(lineOf(words), env);
    await terminal.until(/Passphrase of .*locked:/);
    terminal.type('open sesame\r');
    await terminal.until(/inside\r\n/);
    assert.doesNotMatch(terminal.shown(), /sesame/);
  });
});
