import assert from 'node:assert/strict';
import type { FoundPath } from '../../../../src/engine/objects.ts';
import { findCovered, findImageBefore } from '../../../../src/sync/container/find-covered.ts';
import { findDestination } from '../../../../src/sync/container/find-destination.ts';

const directory: FoundPath = { kind: 'directory' };
const image: Readonly<Record<string, FoundPath>> = {
  '/usr': directory,
  '/usr/sbin': directory,
  '/sbin': { kind: 'symlink', leadsTo: '/usr/sbin' },
  '/up': { kind: 'symlink', leadsTo: '/usr' },
  '/etc': directory,
  '/etc/app.conf': { kind: 'symlink', leadsTo: '/opt/app.conf' },
  '/opt': directory,
  '/opt/app.conf': { kind: 'other' },
  '/away': { kind: 'symlink', leadsTo: '/gone/for/now' },
};

describe('the destination of a COPY', () => {
  for (const [written, at, isDirectory] of [
    ['/sbin', '/usr/sbin', true],
    ['/sbin/tool', '/usr/sbin/tool', false],
    ['/up/sbin/', '/usr/sbin', true],
    ['/etc/app.conf', '/opt/app.conf', false],
    ['/away', '/gone/for/now', false],
    ['/away/deep', '/gone/for/now/deep', false],
    ['/new/deep/place', '/new/deep/place', false],
    ['/', '/', true],
  ] as const)
    it(`is ${at} where the Dockerfile says ${written} and the image has links on the way`, async () => {
      const found = await findDestination(written, path => Promise.resolve(image[path]));
      assert.deepEqual(found, { path: at, isDirectory });
    });
});

describe('the image that a COPY was applied to', () => {
  const classic = (instruction: string): string => `/bin/sh -c #(nop) ${instruction} `;
  const history = [
    { id: 'sha256:5', createdBy: classic(' CMD ["x"]') },
    { id: 'sha256:4', createdBy: classic('COPY dir:2 in /www/') },
    { id: 'sha256:3', createdBy: '/bin/sh -c COPY=1 make' },
    { id: 'sha256:2', createdBy: classic('ADD file:1 in /') },
    { id: undefined, createdBy: '/bin/sh -c true' },
  ];

  it('is the one of the step before it', () => {
    assert.deepEqual(findImageBefore(history, 0), { kind: 'image', id: 'sha256:3' });
  });

  it('is unknown if the engine has not kept that step', () => {
    assert.deepEqual(findImageBefore(history, 1), { kind: 'unknown' });
    assert.deepEqual(findImageBefore(history, 2), { kind: 'unknown' });
  });

  it('is nothing if the COPY is the first step', () => {
    assert.deepEqual(findImageBefore(history.slice(0, 2), 0), { kind: 'nothing' });
  });
});

describe('a file that is gone from the sources', () => {
  const removals = (paths: readonly string[]): { name: string; path: string; copiesAfter: number }[] =>
    paths.map(path => ({ name: path.slice(1), path, copiesAfter: 0 }));

  const ask = async (paths: readonly string[]): Promise<{ cause: string | undefined; asked: string[] }> => {
    const asked: string[] = [];
    const made: string[] = [];
    const history = [
      { id: 'sha256:2', createdBy: 'COPY . /' },
      { id: 'sha256:1', createdBy: 'RUN x' },
    ];
    const engine: Parameters<typeof findCovered>[0] = {
      readHistory: () => Promise.resolve(history),
      createContainer(_, { Image }) {
        made.push(Image);
        return Promise.resolve('one');
      },
      statPath(_, path) {
        asked.push(path);
        return Promise.resolve(image[path]);
      },
      getArchive: () => Promise.reject(new Error('nothing is read')),
      removeContainer(id) {
        assert.equal(id, 'one');
        made.pop();
        return Promise.resolve();
      },
    };
    const { signal } = new AbortController();
    const cause = await findCovered(
      engine,
      { imageId: 'sha256:2', project: 'shop' },
      removals(paths),
      signal,
    );
    assert.deepEqual(made, []);
    return { cause, asked };
  };

  it('means a build if the image has another one below it', async () => {
    const { cause } = await ask(['/usr/new', '/usr/sbin']);
    assert.equal(cause, 'usr/sbin is gone, and the image has a file or directory of its own at /usr/sbin');
  });

  it('means no build if the image has nothing there, and one question for a whole tree', async () => {
    const { cause, asked } = await ask(['/new', '/new/a', '/new/a/b', '/new/c']);
    assert.equal(cause, undefined);
    assert.deepEqual(asked, ['/new']);
  });
});
