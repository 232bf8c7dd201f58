import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRegistryLogins } from '../../src/registry/registry-logins.ts';
import { readRegistrySecrets } from '../../src/registry/registry-secrets.ts';
import { OsError } from '../../src/core/errors.ts';
import type { RegistryLogin } from '../../src/engine/engine.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree, type Tree } from '../support/tree.ts';

const hub = 'https://index.docker.io/v1/';

interface Asked {
  config?: unknown;
  /** Credential helpers by name: shell scripts. */
  helpers?: Record<string, string>;
  secrets?: Record<string, RegistryLogin>;
  timeoutMs?: number;
}

async function loginsFor(
  references: string[],
  { config = {}, helpers = {}, secrets = {}, timeoutMs = 20_000 }: Asked,
): Promise<{ logins: Record<string, RegistryLogin>; notes: string[] }> {
  await using temp = await openTempDirectory();
  const programs = Object.entries(helpers).map(([name, run]): [string, Tree[string]] => [
    `docker-credential-${name}`,
    { run: `#!/bin/sh\n${run}\n` },
  ]);
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  await makeTree(temp.path, { 'config.json': text, ...Object.fromEntries(programs) });
  const before = { PATH: process.env['PATH'], DOCKER_CONFIG: process.env['DOCKER_CONFIG'] };
  process.env['PATH'] = `${temp.path}:${before.PATH ?? ''}`;
  process.env['DOCKER_CONFIG'] = temp.path;
  const notes: string[] = [];
  try {
    const { signal } = new AbortController();
    const note = (line: string): void => void notes.push(line.replaceAll(temp.path, 'DIR'));
    return { logins: await readRegistryLogins(references, { secrets, signal, note, timeoutMs }), notes };
  } finally {
    process.env['PATH'] = before.PATH;
    if (before.DOCKER_CONFIG === undefined) delete process.env['DOCKER_CONFIG'];
    else process.env['DOCKER_CONFIG'] = before.DOCKER_CONFIG;
  }
}

const auth = (login: string): { auth: string } => ({ auth: Buffer.from(login).toString('base64') });
const gives = (user: string, secret: string): string =>
  `read registry\necho '{"Username":"${user}","Secret":"${secret}","ServerURL":"'$registry'"}'`;

describe('registry logins', () => {
  it("are those of docker's configuration, for the registries that an image names and for no other", async () => {
    const config = {
      auths: { [hub]: auth('me:a:b'), 'https://ghcr.io': auth('you:x'), 'quay.io': auth('he:y') },
    };
    const { logins } = await loginsFor(['busybox', 'ghcr.io/a/b:1'], { config });
    assert.deepEqual(logins, {
      [hub]: { username: 'me', password: 'a:b', serveraddress: hub },
      'ghcr.io': { username: 'you', password: 'x', serveraddress: 'ghcr.io' },
    });
  });

  it('are asked of credential helpers, of one registry or of all', async () => {
    const { logins, notes } = await loginsFor(['busybox', 'ghcr.io/a', 'none.io/a'], {
      config: { credsStore: 'all', credHelpers: { 'ghcr.io': 'one', 'none.io': 'none' } },
      helpers: {
        all: `[ "$1" = get ] && ${gives('<token>', 'T')}`,
        one: gives('me', 'S'),
        none: 'echo credentials not found in native keychain; exit 1',
      },
    });
    assert.deepEqual(logins, {
      [hub]: { identitytoken: 'T', serveraddress: hub },
      'ghcr.io': { username: 'me', password: 'S', serveraddress: 'ghcr.io' },
    });
    assert.deepEqual(notes, []);
  });

  it('are told to be missing in one line without secrets', async () => {
    const { logins, notes } = await loginsFor(['a.io/a', 'b.io/a', 'd.io/a'], {
      config: { credHelpers: { 'a.io': 'absent', 'b.io': 'broken', 'd.io': 'odd' } },
      helpers: {
        broken: 'echo S3CRET >&2; echo S3CRET; exit 3',
        odd: 'echo S3CRET',
      },
    });
    assert.deepEqual(logins, {});
    assert.deepEqual(notes.sort(), [
      'a.io is asked without a login: docker-credential-absent is not installed',
      'b.io is asked without a login: docker-credential-broken fails with status 3',
      'd.io is asked without a login: docker-credential-odd answers what is no login',
    ]);
    const unreadable = await loginsFor(['a.io/a'], { config: '{"auths": S3CRET' });
    assert.deepEqual(unreadable.notes, [
      'registry logins are not used: cannot read DIR/config.json: it is not JSON',
    ]);
  });

  it('are read as far as they make sense where the configuration has other values than docker writes', async () => {
    const odd = [null, 5, 'text', [1], { 'ghcr.io': null }, { 'ghcr.io': 5 }, { 'ghcr.io': { auth: 5 } }];
    for (const auths of [...odd, { 'ghcr.io': { username: 5, password: {} } }])
      assert.deepEqual(await loginsFor(['ghcr.io/a'], { config: { auths } }), { logins: {}, notes: [] });
    const auths = { 'ghcr.io': auth('you:x') };
    const logins = { 'ghcr.io': { username: 'you', password: 'x', serveraddress: 'ghcr.io' } };
    for (const value of [null, 5, [], { 'ghcr.io': 5 }])
      assert.deepEqual(
        await loginsFor(['ghcr.io/a'], { config: { auths, credHelpers: value, credsStore: value } }),
        { logins, notes: [] },
      );
    const helpers = { ring: 'echo \'{"Username":5,"Secret":["x"]}\'' };
    const { notes } = await loginsFor(['ghcr.io/a'], { config: { credsStore: 'ring' }, helpers });
    assert.deepEqual(notes, [
      'ghcr.io is asked without a login: docker-credential-ring answers what is no login',
    ]);
  });

  it('are not waited for where a helper hangs', async () => {
    const { logins, notes } = await loginsFor(['c.io/a'], {
      config: { credHelpers: { 'c.io': 'hangs' } },
      helpers: { hangs: 'sleep 60 &\nwait' },
      timeoutMs: 300,
    });
    assert.deepEqual(logins, {});
    assert.deepEqual(notes, [
      'c.io is asked without a login: docker-credential-hangs does not answer within 0.3 s',
    ]);
  });

  it("of --registry-secrets come before docker's, in YAML and JSON, Docker Hub under each of its names", async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'secrets.yml');
    await writeFile(
      file,
      "'': {username: me, password: '0123'}\nhttps://ghcr.io/: {username: you, password: p}\n",
    );
    const secrets = await readRegistrySecrets(file);
    const { logins } = await loginsFor(['busybox', 'ghcr.io/a'], {
      secrets,
      config: { auths: { [hub]: auth('other:x') } },
    });
    assert.deepEqual(logins, {
      [hub]: { username: 'me', password: '0123', serveraddress: hub },
      'ghcr.io': { username: 'you', password: 'p', serveraddress: 'ghcr.io' },
    });
    await writeFile(file, JSON.stringify({ 'docker.io': { username: 'u', password: 'p' } }));
    assert.deepEqual(Object.keys(await readRegistrySecrets(file)), [hub]);
  });

  it('of a file that is wrong are refused without a word of what it says', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'secrets.yml');
    const complaint = async (text: string): Promise<string> => {
      await writeFile(file, text);
      const error: unknown = await readRegistrySecrets(file).then(
        () => undefined,
        (it: unknown) => it,
      );
      assert.ok(error instanceof OsError && error.code === 'usage');
      return error.message;
    };
    assert.equal(
      await complaint('ghcr.io: {username: me}\nquay.io: S3CRET\n'),
      'registry secrets: secrets.yml:1:1: ghcr.io.password: is missing\nregistry secrets: secrets.yml:2:10: quay.io: has to be a mapping with username and password',
    );
    assert.equal(
      await complaint('ghcr.io: {username: me, password: "S3CRET}\n'),
      'registry secrets: secrets.yml:2:1: not valid YAML',
    );
    assert.equal(await complaint('*S3CRET'), 'registry secrets: secrets.yml:1:1: not valid YAML');
  });
});
