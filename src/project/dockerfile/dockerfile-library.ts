// Bundled CommonJS has its named exports for static imports alone; so this file is what is imported when it is needed.
export { DockerfileParser, JSONInstruction, ModifiableInstruction, Onbuild } from 'dockerfile-ast';
