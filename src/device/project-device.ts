import path from 'node:path';
import { OsError } from '../core/errors.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';

/** The nearest os.yml in `directory` or above it, with its text. */
async function findProjectFile(directory: string): Promise<{ file: string; text: string } | undefined> {
  for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'os.yml');
    const text = await readFileIfPresent(file);
    if (text !== undefined) return { file, text };
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** `device:` of the project's os.yml; undefined without one. Throws OsError `project-invalid` where the file says nonsense. */
export async function readProjectDevice(directory: string): Promise<string | undefined> {
  const found = await findProjectFile(directory);
  if (found === undefined) return undefined;
  const { parseDocument } = (await import('yaml')).default;
  const document = parseDocument(found.text);
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new OsError(
      'project-invalid',
      `${found.file}:${(problem.linePos?.[0].line ?? 1).toString()}: ${problem.message.split('\n', 1)[0] ?? ''}`,
      {
        hint: 'mend the file, or name the device as the first argument',
      },
    );
  const content: unknown = document.toJS();
  const device =
    typeof content === 'object' && content !== null && 'device' in content ? content.device : undefined;
  if (device === undefined || device === null) return undefined;
  if (typeof device !== 'string' || device === '')
    throw new OsError('project-invalid', `${found.file}: device: is not a name`, {
      hint: 'write it as text, e.g. device: "mydevice.local"',
    });
  return device;
}
