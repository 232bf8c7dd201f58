import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import {
  MissingPrograms,
  type FarArchive,
  type FarFiles,
  type Pack,
  type WriteRequest,
} from '../../../src/copy/far-files.ts';
import { serviceFarFiles } from '../../../src/copy/service-far-files.ts';
import { OsError } from '../../../src/core/errors.ts';

const request: WriteRequest = {
  destination: '/to',
  how: 'exact',
  name: 'file',
  isDirectory: false,
  files: 1,
  sizeBytes: 1,
};
const missing = (): Promise<never> =>
  Promise.reject(new MissingPrograms('host-refused', 'web has no program tar'));
const refused = (): Promise<never> => Promise.reject(new OsError('host-refused', 'web: read-only'));
const never = (): never => assert.fail('not to be called');

describe('the files of a running container', () => {
  const { signal } = new AbortController();
  const archive: FarArchive = { tar: new PassThrough(), ended: Promise.resolve() };
  let packed: boolean[];
  const pack: Pack = ({ areHolesKept }) => {
    packed.push(areHolesKept);
    return Readable.from([]);
  };
  const archives: FarFiles = {
    read: () => Promise.resolve(archive),
    write: (_request, packed) => Promise.resolve(void packed({ areHolesKept: false })),
  };
  beforeEach(() => {
    packed = [];
  });

  it('are reached by the archives of the engine where it lacks a shell, or a program that copies need', async () => {
    const files = serviceFarFiles({ read: missing, write: missing }, archives);
    assert.equal(await files.read(['/x'], signal), archive);
    await files.write(request, pack, signal);
    assert.deepEqual(packed, [false]);
  });

  it('are not reached in another way where its programs have failed', async () => {
    const files = serviceFarFiles({ read: refused, write: refused }, { read: never, write: never });
    await assert.rejects(files.read(['/x'], signal), { message: 'web: read-only' });
    await assert.rejects(files.write(request, pack, signal), { message: 'web: read-only' });
  });

  it('are not written a second time where its programs have been sent something', async () => {
    const write: FarFiles['write'] = (_request, packed) => {
      packed({ areHolesKept: true });
      return missing();
    };
    const files = serviceFarFiles({ read: never, write }, { read: never, write: never });
    await assert.rejects(files.write(request, pack, signal), MissingPrograms);
    assert.deepEqual(packed, [true]);
  });
});
