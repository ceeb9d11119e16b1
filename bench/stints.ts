export const stints = async (): Promise<readonly object[]> => []
