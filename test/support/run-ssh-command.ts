// Runs `os ssh` from its sources: the tests need no build.
import Ssh from '../../src/commands/ssh.ts';

await Ssh.run(process.argv.slice(2), import.meta.url);
