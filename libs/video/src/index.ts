export { FrameCache, type CachedSample, type FrameCacheOptions } from './cache/frame-cache';
export { type ClipEncoder, type ClipTarget, encodeClips, type EncodeOptions } from './encoding/encode-clips';
export { VideoError, type VideoFault } from './errors';
export { DEFAULT_VIDEO_LIMITS, type VideoLimits } from './limits';
export { type ProbeOptions, type VideoInfo, probeVideo } from './probe';
export { type SampleOptions, type SampleResult, type SampledFrame, sampleFrames } from './sampling/sample-frames';
export { type FrameFormat, SAMPLER_VERSION } from './sampling/settings';
export { type RawFrame, type StreamOptions, streamFrames } from './sampling/stream-frames';
