import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import { chooseApiVersion } from '../../../src/engine/api-version.ts';
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
    HostConfig: { Mounts: ['/lib/firmware', '/run/dbus'].map(Source => ({ Source })) },
  };
  const deviceLacks =
    (...missing: string[]) =>
    (asked: typeof body | { HostConfig: Record<string, unknown> }): Promise<string> => {
      const mounts = asked.HostConfig['Mounts'] as { Source: string }[];
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
});
