/** Where ms-swift and LLaMA-Factory put the video; each one in the text of a row needs an entry in `videos`. */
export const VIDEO_PLACE = '<video>';

const PLACES = /<(image|video|audio)>/g;

/** Text in which no trainer finds a place for media: who writes about `<video>` does not mean one. */
export const withoutPlaces = (text: string): string => text.replace(PLACES, '[$1]');
