import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { ContainerBody } from '../../../src/engine/container-body.ts';
import { chooseApiVersion } from '../../../src/engine/connect/api-version.ts';
import { translateEngineError } from '../../../src/engine/engine-errors.ts';
import { createWithOptionalMounts } from '../../../src/engine/optional-mounts.ts';

const refusal = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode.toString()}) unexpected - ${message} `), {
    statusCode,
    json: { message },
  });

const codeOf = (error: unknown): unknown => {
  const translated = translateEngineError('board', error);
  return translated instanceof OsError ? [translated.code, translated.message] : translated;
};

describe('what an engine refuses', () => {
  it('is told in its own words, by status', () => {
    assert.deepEqual(codeOf(refusal(404, 'No such image: x')), ['engine-missing', 'No such image: x']);
    assert.deepEqual(codeOf(refusal(409, 'name is taken')), ['engine-conflict', 'name is taken']);
    assert.deepEqual(codeOf(refusal(500, 'oops\nagain')), ['engine-refused', 'oops; again']);
  });

  it('is a full disk where it says so', () => {
    const full = 'write /x: no space left on device';
    assert.deepEqual(codeOf(refusal(500, full)), ['no-space', `board is out of space: ${full}`]);
  });

  it('reaches no terminal with control sequences in it', () => {
    assert.deepEqual(codeOf(refusal(500, 'a\x1b[2Jb')), ['engine-refused', 'ab']);
  });

  it('is a lost connection where an engine that is being started does not know yet what it serves', () => {
    const lost = ['connection-lost', 'the connection to the engine of board is lost'];
    for (const text of ['', '404 page not found\n']) {
      const error = new Error(`(HTTP code 404) no such container - ${text} `);
      assert.deepEqual(codeOf(Object.assign(error, { statusCode: 404 })), lost);
    }
  });

  it('is a lost connection where an engine that is being stopped has closed its store already', () => {
    assert.deepEqual(codeOf(refusal(500, 'create shop_data: database not open')), [
      'connection-lost',
      'the connection to the engine of board is lost',
    ]);
  });

  it('is a lost connection where there is none', () => {
    for (const code of ['ECONNRESET', 'EPIPE', 'ECONNREFUSED'])
      assert.deepEqual(codeOf(Object.assign(new Error('x'), { code })), [
        'connection-lost',
        'the connection to the engine of board is lost',
      ]);
    assert.deepEqual(codeOf(new Error('aborted')), [
      'connection-lost',
      'the connection to the engine of board is lost',
    ]);
  });

  it('is a defect where nobody knows it', () => {
    const defect = new TypeError('x is undefined');
    assert.equal(codeOf(defect), defect);
  });

  it('is the reason of the signal that ended the call', () => {
    const reason = new OsError('interrupted', 'interrupted');
    assert.equal(translateEngineError('board', new Error('aborted'), AbortSignal.abort(reason)), reason);
  });
});

describe('the API version', () => {
  it('is never more than the engine has, nor than we know', () => {
    assert.equal(chooseApiVersion('1.22'), '1.22');
    assert.equal(chooseApiVersion('1.41'), '1.41');
    assert.equal(chooseApiVersion('1.52'), '1.44');
    assert.equal(chooseApiVersion('2.0'), '1.44');
  });
});

describe('optional mounts', () => {
  const body = {
    Image: 'busybox',
    Labels: {},
    HostConfig: {
      Mounts: ['/lib/firmware', '/run/dbus'].map(Source => ({
        Type: 'bind' as const,
        Source,
        Target: Source,
        ReadOnly: false,
      })),
    },
  };
  const deviceLacks =
    (...missing: string[]) =>
    (asked: ContainerBody): Promise<string> => {
      const { Mounts: mounts = [] } = asked.HostConfig;
      const lacking = mounts.find(({ Source }) => missing.includes(Source));
      if (lacking === undefined) return Promise.resolve(mounts.map(({ Source }) => Source).join());
      return Promise.reject(
        new OsError(
          'engine-refused',
          `invalid mount config for type "bind": bind source path does not exist: ${lacking.Source}`,
        ),
      );
    };

  it('are left out where the device lacks their source', async () => {
    const create = createWithOptionalMounts(deviceLacks('/lib/firmware'), body, ['/lib/firmware']);
    assert.equal(await create, '/run/dbus');
  });

  it('are the only ones', async () => {
    const create = createWithOptionalMounts(deviceLacks('/run/dbus'), body, ['/lib/firmware']);
    await assert.rejects(create, { code: 'engine-refused' });
  });

  it('of the engine lead to the socket that the device has', async () => {
    const socket = { Type: 'bind' as const, Target: '/host/run/balena-engine.sock', ReadOnly: false };
    const Mounts = [{ ...socket, Source: '/var/run/balena-engine.sock' }];
    const create = (...missing: string[]): Promise<string> =>
      createWithOptionalMounts(deviceLacks(...missing), { ...body, HostConfig: { Mounts } }, []);
    assert.equal(await create(), '/var/run/balena-engine.sock');
    assert.equal(await create('/var/run/balena-engine.sock'), '/var/run/balena.sock');
    const both = ['/var/run/balena-engine.sock', '/var/run/balena.sock'];
    assert.equal(await create(...both), '/var/run/docker.sock');
    await assert.rejects(create(...both, '/var/run/docker.sock'), { code: 'engine-refused' });
  });
});
