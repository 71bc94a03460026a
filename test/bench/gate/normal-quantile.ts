/** Standard normal quantiles that the tests beside the gate use: 5 % and 10 % one-sided, 1 % two sides of 98 %. */
export const Z_95 = 1.6448536269514722;
export const Z_90 = 1.2815515655446004;
export const Z_99 = 2.3263478740408408;
