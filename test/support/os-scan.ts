// `os scan` as a process of its own, from the sources: a process cannot move into a namespace.
import Scan from '../../src/commands/scan.ts';
import { openTempDirectory } from './temp-directory.ts';

await using state = await openTempDirectory();
// What a test meets is nothing that the user has met.
process.env['XDG_STATE_HOME'] = state.path;
await Scan.run(process.argv.slice(2), import.meta.url);
