package times

// State names the variables in which a sampler keeps its state, beside the random generator's.
func State(of any) (names []string) {
	switch of.(type) {
	case Weyl:
		names = []string{weylState}
	case Adaptive:
		names = append([]string{weylState}, adaptiveSums[:]...)
	}
	for i := range names {
		names[i] = Scope + "/" + names[i]
	}
	return names
}
