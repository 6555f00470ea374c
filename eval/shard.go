package eval

// Shard is one of several parts of the work on a list of images, to be done by one of as many processes. The zero
// value is all of it.
type Shard struct {
	Index, Count int // 0 ≤ Index < Count
}

// whole tells whether the shard is all of the work.
func (s Shard) whole() bool { return s.Count <= 1 }

// Of are the chunks, of n, that belong to the shard: from … to−1, neighbours, as many as to any other shard or one
// more.
func (s Shard) Of(n int) (from, to int) {
	if s.whole() {
		return 0, n
	}
	return s.Index * n / s.Count, (s.Index + 1) * n / s.Count
}
