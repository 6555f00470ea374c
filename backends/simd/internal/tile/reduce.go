package tile

// accRun is a reduction in progress over one chunk.
type accRun struct {
	red  *Reduce
	out  []byte
	tile []byte // the vertical accumulator, nil without one
	used int    // bytes of tile that hold sums; the rest is stale
	at   int    // where the stretch that tile sums up begins
}

// add takes a tile of n elements from the given position of the space.
func (a *accRun) add(tile []byte, start, n int) {
	red := a.red
	if a.tile == nil {
		a.addRuns(tile, start)
		return
	}
	if base := start - start%red.stretch; a.used > 0 && base != a.at {
		a.flush()
	}
	if a.used == 0 {
		a.at = start - start%red.stretch
	}
	size := n * red.Width
	if both := min(size, a.used); both > 0 {
		red.Combine(a.tile[:both], a.tile[:both], tile[:both], nil)
	}
	if size > a.used {
		copy(a.tile[a.used:size], tile[a.used:size])
		a.used = size
	}
}

// expect readies the accumulator for a tile that a chain adds to it.
func (a *accRun) expect(start, n int) {
	red := a.red
	base := start - start%red.stretch
	if a.used > 0 && base != a.at {
		a.flush()
	}
	if a.used == 0 {
		a.at = base
		fillTile(a.tile, red.Identity)
	}
	a.used = max(a.used, n*red.Width)
}

// flush folds the accumulator to one period and adds it to the output.
func (a *accRun) flush() {
	if a.used == 0 {
		return
	}
	red := a.red
	period := red.vertical * red.Width
	for a.used > period {
		keep := (a.used/period + 1) / 2 * period // of an odd number of periods, the middle one waits
		upper := a.tile[keep:a.used]
		red.Combine(a.tile[:len(upper)], a.tile[:len(upper)], upper, nil)
		a.used = keep
	}
	a.addRuns(a.tile[:a.used], a.at)
	a.used = 0
}

// addRuns adds a tile to the output, run by run of the innermost dim.
func (a *accRun) addRuns(tile []byte, start int) {
	red := a.red
	w := red.Width
	if len(red.Out.dims) == 0 {
		red.Fold(a.out[:w], tile)
		return
	}
	var o odometer
	within := o.seek(red.Out, start)
	inner := red.Out.dims[len(red.Out.dims)-1]
	for len(tile) > 0 {
		n := min(len(tile), (inner.n-within)*w)
		if inner.stride == 0 {
			red.Fold(a.out[o.at*w:][:w], tile[:n])
		} else { // the kept dims of an output are dense, so the innermost has stride 1
			out := a.out[(o.at+within)*w:][:n]
			red.Combine(out, out, tile[:n], nil)
		}
		tile = tile[n:]
		within = 0
		o.next()
	}
}
