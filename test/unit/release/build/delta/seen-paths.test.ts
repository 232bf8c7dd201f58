import assert from 'node:assert/strict';
import type { SeenPaths } from '../../../../../src/release/build/build-memory.ts';
import type { CopiedFile } from '../../../../../src/release/build/delta/copied-files.ts';
import type { LayerSource } from '../../../../../src/release/build/delta/layer.ts';
import type { ImageFiles } from '../../../../../src/release/build/delta/look-at-image.ts';
import { openSeenFiles, seenAfterLayer } from '../../../../../src/release/build/delta/seen-paths.ts';

const mode = { mode: 0o750, uid: 7, gid: 8 };

/** An image with `/app`, a file and a link in it; `asked` lists the questions. */
function openImage(): { readonly asked: string[]; open(): Promise<ImageFiles> } {
  const asked: string[] = [];
  return {
    asked,
    open() {
      asked.push('open');
      return Promise.resolve({
        stat(at) {
          asked.push(`stat ${at}`);
          if (at === '/app') return Promise.resolve({ kind: 'directory' as const });
          if (at === '/app/link') return Promise.resolve({ kind: 'symlink' as const, leadsTo: '/etc' });
          return Promise.resolve(at === '/app/file' ? { kind: 'other' as const } : undefined);
        },
        readMode(at) {
          asked.push(`mode ${at}`);
          return Promise.resolve(at === '/app' ? mode : undefined);
        },
        [Symbol.asyncDispose]() {
          asked.push('close');
          return Promise.resolve();
        },
      });
    },
  };
}

const file = (name: string): CopiedFile => ({
  name,
  digest: '',
  isDirectory: name.endsWith('/'),
  uid: 0,
  gid: 0,
  isNamed: false,
});

/** A layer that writes `files` (path → name in the context), all of them files or directories, and removes `removed`. */
function layer(
  files: Readonly<Record<string, string>>,
  removed: readonly string[] = [],
): Pick<LayerSource, 'changes' | 'entries'> {
  const written = new Map(Object.entries(files).map(([at, name]) => [at, file(name)]));
  const entries = new Map(
    [...written.values()].map(({ name }) => [
      name,
      (name.endsWith('/')
        ? { type: 'directory', name }
        : { type: name.endsWith('link') ? 'symlink' : 'file', name }) as never,
    ]),
  );
  return { changes: { written, removed, added: new Set(), uncovered: [] }, entries };
}

describe('paths of an image that were seen', () => {
  it('are asked for once, links and missing ones each time, and nothing is opened for known ones', async () => {
    const image = openImage();
    let known: SeenPaths;
    {
      await using files = openSeenFiles({}, () => image.open());
      for (const _ of [1, 2]) {
        assert.deepEqual(await files.stat('/app'), { kind: 'directory' });
        assert.deepEqual(await files.readMode('/app'), mode);
        assert.deepEqual(await files.stat('/app/file'), { kind: 'other' });
      }
      known = Object.fromEntries(files.seen);
    }
    assert.deepEqual(image.asked, ['open', 'stat /app', 'mode /app', 'stat /app/file', 'close']);

    const again = openImage();
    {
      await using files = openSeenFiles(JSON.parse(JSON.stringify(known)) as SeenPaths, () => again.open());
      assert.deepEqual(await files.stat('/app'), { kind: 'directory' });
      assert.deepEqual(await files.readMode('/app'), mode);
      assert.deepEqual(await files.stat('/app/file'), { kind: 'other' });
      assert.deepEqual(again.asked, []);
      for (const _ of [1, 2]) {
        assert.equal((await files.stat('/app/link'))?.kind, 'symlink');
        assert.equal(await files.stat('/app/new'), undefined);
      }
    }
    const twice = ['stat /app/link', 'stat /app/new', 'stat /app/link', 'stat /app/new'];
    assert.deepEqual(again.asked, ['open', ...twice, 'close']);
  });

  it('end with the error of an image that could not be opened, and with no other', async () => {
    const cut = new Error('cut');
    const look = async (): Promise<void> => {
      await using files = openSeenFiles({}, () => Promise.reject(cut));
      await files.stat('/app');
    };
    await assert.rejects(look(), error => error === cut);
  });

  it('are those of the image with the layer on top, and not what it wrote or removed', () => {
    const seen = new Map<string, SeenPaths[string]>([
      ['/app', { kind: 'directory', mode }],
      ['/app/dir', { kind: 'directory', mode }],
      ['/app/dir/file', { kind: 'other' }],
      ['/app/gone', { kind: 'directory', mode }],
      ['/app/gone/file', { kind: 'other' }],
      ['/app/gone-not', { kind: 'other' }],
      ['/app/becomes-file', { kind: 'directory', mode }],
      ['/app/becomes-file/below', { kind: 'other' }],
      ['/app/becomes-link', { kind: 'other' }],
    ]);
    const after = seenAfterLayer(
      seen,
      layer(
        {
          '/app/dir': 'dir/',
          '/app/becomes-file': 'becomes-file',
          '/app/becomes-link': 'link',
          '/app/new': 'new',
        },
        ['/app/gone'],
      ),
    );
    assert.deepEqual(after, {
      '/app': { kind: 'directory', mode },
      '/app/dir/file': { kind: 'other' },
      '/app/gone-not': { kind: 'other' },
      '/app/becomes-file': { kind: 'other' },
      '/app/new': { kind: 'other' },
    });
  });

  it('are none where they are too many to be kept', () => {
    const many = new Map(
      Array.from({ length: 1001 }, (_, i) => [`/${i.toString()}`, { kind: 'other' as const }]),
    );
    assert.deepEqual(seenAfterLayer(many, layer({})), {});
  });
});
