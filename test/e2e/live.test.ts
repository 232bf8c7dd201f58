import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { type LiveProject, openLiveProject, quietProject, useLiveDevice } from '../support/live-project.ts';

describe('a live session', function () {
  this.timeout(upTimeoutMs);
  const { device, inside, converges } = useLiveDevice();

  describe('of a service that reloads by itself', () => {
    let project: LiveProject;
    before(async () => {
      project = await openLiveProject(device(), quietProject);
    });
    after(() => project[Symbol.asyncDispose]());
    const at = (name: string): string => project.at(name);

    it('syncs an edit into the container, and keeps the inode', async () => {
      const inode = await inside('ls -i /app/a.txt');
      await writeFile(at('app/a.txt'), 'two, which is longer\n');
      await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'two, which is longer\n'));
      await writeFile(at('app/a.txt'), '3\n');
      await eventually(async () => assert.equal(await inside('cat /app/a.txt'), '3\n'));
      assert.equal(await inside('ls -i /app/a.txt'), inode);
    });

    it('creates, empties and deletes files', async () => {
      await writeFile(at('app/new'), 'new');
      await writeFile(at('app/empty'), '');
      await converges(project);
      await writeFile(at('app/new'), '');
      await converges(project);
      await unlink(at('app/new'));
      await converges(project);
    });

    it('takes names with blanks, quotes, newlines, dashes and letters of any kind', async () => {
      for (const name of [
        'a b',
        "it's",
        '"q"',
        'new\nline',
        '-rf',
        '$HOME',
        'back\\slash',
        'naïve 日本',
        '*',
        '.dot',
      ])
        await writeFile(at(`app/${name}`), `content of ${name}`);
      await mkdir(at('app/-d \n/-e'), { recursive: true });
      await writeFile(at('app/-d \n/-e/--'), 'deep');
      await converges(project);
    });

    it('takes any bytes', async () => {
      await writeFile(at('app/bytes'), Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)));
      await writeFile(at('app/large'), Buffer.alloc(5_000_000, 'abc\0\n\xff'));
      await converges(project);
    });

    it('renames a directory with 200 files', async () => {
      await mkdir(at('app/many/deep'), { recursive: true });
      for (let i = 0; i < 200; i++)
        await writeFile(at(`app/many/deep/${i.toString()}`), `file ${i.toString()}`);
      await converges(project);
      await rename(at('app/many'), at('app/renamed'));
      await converges(project);
    });

    it('puts a directory in the place of a file, and back', async () => {
      await writeFile(at('app/either'), 'a file');
      await converges(project);
      await rm(at('app/either'));
      await mkdir(at('app/either/sub'), { recursive: true });
      await writeFile(at('app/either/sub/file'), 'inside');
      await converges(project);
      await rm(at('app/either'), { recursive: true });
      await writeFile(at('app/either'), 'a file again');
      await converges(project);
    });

    it('keeps symbolic links as links', async () => {
      await symlink('a.txt', at('app/link'));
      await symlink('../nowhere', at('app/dangling'));
      await converges(project);
      await rm(at('app/link'));
      await symlink('either', at('app/link'));
      await converges(project);
      await rm(at('app/link'));
      await writeFile(at('app/link'), 'no link any more');
      await converges(project);
    });

    it('follows a change of the execute bit alone', async () => {
      await writeFile(at('app/tool'), '#!/bin/sh\necho hi\n');
      await chmod(at('app/tool'), 0o755);
      await converges(project);
      await chmod(at('app/tool'), 0o644);
      await converges(project);
      await chmod(at('app/tool'), 0o755);
      await converges(project);
    });

    it('sees what editors do when they save', async () => {
      const file = at('app/saved.txt');
      await writeFile(file, 'first');
      await converges(project);
      // vim: the old file becomes the backup, a new one is written, the backup goes.
      await rename(file, `${file}~`);
      await writeFile(file, 'by vim');
      await unlink(`${file}~`);
      await converges(project);
      // JetBrains: a temporary file is renamed over it.
      await writeFile(`${file}___jb_tmp___`, 'by an IDE');
      await rename(`${file}___jb_tmp___`, file);
      await converges(project);
      // Emacs and others: emptied, then written.
      await writeFile(file, '');
      await writeFile(file, 'by truncation');
      await converges(project);
      assert.equal(await inside('cat /app/saved.txt'), 'by truncation');
    });

    it('never starts it again', () => {
      assert.equal(project.session.events.filter(it => it.type === 'restarted').length, 0);
      assert.equal(project.session.events.filter(it => it.type === 'rebuilding').length, 0);
    });

    it('pauses when most of the files are gone at once, and goes on when they are back', async () => {
      const { length } = project.session.events;
      await rename(at('app/renamed'), path.join(project.directory, 'elsewhere'));
      await project.session.next('sync-paused', length);
      assert.match(await inside('ls /app/renamed/deep | wc -l'), /^200/);
      await rename(path.join(project.directory, 'elsewhere'), at('app/renamed'));
      await writeFile(at('app/a.txt'), 'after the pause');
      await converges(project);
    });

    it('ends with Ctrl-C, and the service goes on', async () => {
      assert.equal(await project.session.interrupt(), 130);
      assert.match(await inside('cat /app/a.txt'), /after the pause/);
      assert.equal(await inside('ls -a / | grep os-live; ls -a /dev/shm | grep os-live; true'), '');
    });
  });
});
