package flows

// EMAUpdates is the name of the variable that counts the updates of the moving averages.
const EMAUpdates = EMAScope + "/" + emaUpdates

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
