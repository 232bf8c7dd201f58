import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What to make: text is a file, `{link}` a symbolic link, `{run}` an executable file, `{copy}` one like another, null a directory. */
export type Tree = Readonly<
  Record<string, string | Buffer | { link: string } | { run: string } | { copy: string } | null>
>;

/** Makes `tree` below `directory`, in the order given. */
export async function makeTree(directory: string, tree: Tree): Promise<void> {
  for (const [name, what] of Object.entries(tree)) {
    const file = path.join(directory, name);
    await mkdir(what === null ? file : path.dirname(file), { recursive: true });
    if (what === null) continue;
    if (typeof what === 'string' || Buffer.isBuffer(what)) await writeFile(file, what);
    else if ('link' in what) await symlink(what.link, file);
    else if ('copy' in what) await copyFile(what.copy, file);
    else {
      await writeFile(file, what.run);
      await chmod(file, 0o755);
    }
  }
}
