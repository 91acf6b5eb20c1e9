/** Says little about a video: grammar, and the words that every question about one has. */
const COMMON = new Set(
  (
    'about above across after again against along also although among another appears around away because been before behind ' +
    'being below beside between beyond both cause caused causes clip could does doing down during each either event events ' +
    'footage from given gets have having here himself herself into itself just later like likely made main makes many might ' +
    'more most much near nearby neither none nothing occurs once only onto option other others over people person possible ' +
    'question scene seems seen several should shows shown since some something still such suddenly than that their them then ' +
    'there these they this those through toward towards under until upon very video what when where which while whose will ' +
    'with within without would your anomaly anomalous normal abnormal unusual correct incorrect annotated annotation truth'
  ).split(' '),
);

/** Words of at least four letters that say something, in lower case and in the order in which they first come. */
export function keywordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return [...new Set(words.filter((word) => word.length >= 4 && word.length <= 24 && !COMMON.has(word)))];
}
