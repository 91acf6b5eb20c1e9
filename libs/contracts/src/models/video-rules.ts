import { IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { allRules } from '../validation/all-rules';

// How a model may be shown a video, whatever a field is called. Each is optional; who asks says what holds without it.

/** Frames per second of video. */
export const FramesPerSecond = (): PropertyDecorator => allRules(IsOptional(), IsNumber(), Min(0.01), Max(60));
/** Pixels of one picture or frame after resizing. */
export const FramePixels = (): PropertyDecorator => allRules(IsOptional(), IsInt(), Min(1), Max(2 ** 31 - 1));
