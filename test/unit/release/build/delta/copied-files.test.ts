import assert from 'node:assert/strict';
import {
  compareCopied,
  listCopiedFiles,
  type CopiedChanges,
} from '../../../../../src/release/build/delta/copied-files.ts';
import type { PlainCopy } from '../../../../../src/release/build/delta/plain-copy.ts';

type Files = Readonly<Record<string, string>>;

const copy = (source: string, destination: string, rest: Partial<PlainCopy> = {}): PlainCopy => ({
  sources: [source],
  destination,
  isIntoDirectory: false,
  uid: 0,
  gid: 0,
  isAdd: false,
  writtenDestination: destination,
  ...rest,
});

function changes(copies: readonly PlainCopy[], before: Files, now: Files): CopiedChanges {
  const list = (files: Files): NonNullable<ReturnType<typeof listCopiedFiles>> => {
    const entries = new Map(Object.entries(files));
    const listed = listCopiedFiles(copies, { entries, links: new Set(), isDirectory: () => false });
    assert.ok(listed);
    return listed;
  };
  return compareCopied(list(before), list(now));
}

const briefly = ({ written, removed, uncovered }: CopiedChanges): unknown[] => [
  [...written.keys()],
  removed,
  uncovered,
];

describe('what a layer changes', () => {
  const all = [copy('', '/app')];

  it('is what was added, changed and removed, of a removed tree only its top', () => {
    const before = { a: '1', b: '1', 'd/': '0', 'd/x': '1', 'd/y': '1' };
    assert.deepEqual(briefly(changes(all, before, { a: '2', b: '1', n: '1' })), [
      ['/app/a', '/app/n'],
      ['/app/d'],
      ['/app/d'],
    ]);
  });

  it('uncovers what the image has where a file becomes a directory, and nothing the other way round', () => {
    assert.deepEqual(briefly(changes(all, { a: '1' }, { 'a/': '0', 'a/x': '1' })), [
      ['/app/a', '/app/a/x'],
      [],
      ['/app/a'],
    ]);
    assert.deepEqual(briefly(changes(all, { 'a/': '0', 'a/x': '1' }, { a: '1' })), [['/app/a'], [], []]);
  });

  it('follows the last COPY to a path: the one before it shows where that one takes the file no more', () => {
    const copies = [copy('one', '/app'), copy('two', '/app')];
    const one = { 'one/': '0', 'one/a': '1', 'two/': '0' };
    const { written, removed } = changes(copies, { ...one, 'two/a': '2' }, one);
    assert.deepEqual([written.get('/app/a')?.name, removed], ['one/a', []]);
  });

  it('is not certain where a file and a directory meet, ADD names a file, or a source is missing', () => {
    const list = (copies: readonly PlainCopy[], files: Files): unknown =>
      listCopiedFiles(copies, {
        entries: new Map(Object.entries(files)),
        links: new Set(['link']),
        isDirectory: () => false,
      });
    assert.equal(list([copy('a', '/x'), copy('d', '/x')], { a: '1', 'd/': '0', 'd/y/': '0' }), undefined);
    assert.equal(list([copy('a', '/x', { isAdd: true })], { a: '1' }), undefined);
    assert.equal(list([copy('b', '/x')], { a: '1' }), undefined);
    assert.equal(list([copy('link/a', '/x')], { link: '1' }), undefined);
  });
});
