package flows

// TimesState names the variables in which a trainer keeps the state of times, beside the random generator's.
func TimesState(times Times) (names []string) {
	switch times.(type) {
	case WeylTimes:
		names = []string{weylState}
	case AdaptiveTimes:
		names = append([]string{weylState}, adaptiveSums[:]...)
	}
	for i := range names {
		names[i] = TimesScope + "/" + names[i]
	}
	return names
}
