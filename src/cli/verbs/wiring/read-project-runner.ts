import { OsError } from '../../../core/errors.ts';
import { readProjectFile } from '../../../device/project-device.ts';
import type { Runner } from '../../../release/running/supervisor.ts';

const isRunner = (value: unknown): value is Runner => value === 'engine' || value === 'supervisor';

/** `runner:` of the project's os.yml; undefined without one. Throws OsError `project-invalid` for another value. */
export async function readProjectRunner(directory: string): Promise<Runner | undefined> {
  const found = await readProjectFile(directory);
  const runner = found?.content.runner;
  if (found === undefined || runner === undefined || runner === null) return undefined;
  if (isRunner(runner)) return runner;
  throw new OsError('project-invalid', `${found.file}: runner: is neither engine nor supervisor`, {
    hint: 'write `runner: engine` or `runner: supervisor`',
  });
}
