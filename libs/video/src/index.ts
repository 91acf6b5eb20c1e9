export * from './cache/frame-cache';
export * from './errors';
export * from './limits';
export * from './probe';
export * from './sampling/sample-frames';
export * from './sampling/stream-frames';
export { SAMPLER_VERSION, type FrameFormat } from './sampling/settings';
