// Loaded on demand: a bundled CommonJS package has its named exports in static imports alone.
export { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
