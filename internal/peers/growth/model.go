package main

import (
	"slices"

	"github.com/amgen/amgen/internal/jsonlines"
)

// model is what time and memory would be if a step took its operations at one rate and moved the numbers that it keeps
// at another, and if it kept bytes in proportion to them.
type model struct {
	flop, number float64 // seconds an operation, and a number that unet.Config.Activations counts
	kept         float64 // bytes such a number
}

// baseMB is the memory of a process that trains next to nothing, parameterBytes what a parameter takes: its value, its
// average and the two moments of Adam, in float32.
const (
	baseMB         = 40.0
	parameterBytes = 16
)

// fit finds the two times with the least squares of the relative error, and the median of the bytes.
func fit(known map[size]result) model {
	var ff, fk, kk, f, k float64
	var kept []float64
	for _, r := range known {
		x, y := r.FLOPs/r.StepMS*1e3, r.Kept/r.StepMS*1e3
		ff, fk, kk, f, k = ff+x*x, fk+x*y, kk+y*y, f+x, k+y
		kept = append(kept, max(0, (r.PeakMB-baseMB)*(1<<20)-parameterBytes*float64(r.Params))/r.Kept)
	}
	det := ff*kk - fk*fk
	return model{(f*kk - k*fk) / det, (k*ff - f*fk) / det, median(kept)}
}

// time is a step's, in milliseconds.
func (m model) time(r result) float64 { return (m.flop*r.FLOPs + m.number*r.Kept) * 1e3 }

// memory is a process's, in MB.
func (m model) memory(r result) float64 {
	return baseMB + (parameterBytes*float64(r.Params)+m.kept*r.Kept)/(1<<20)
}

// median is 0 of nothing.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// read finds the results of a file, which may not be there yet.
func read(path string) (map[size]result, error) {
	known := map[size]result{}
	list, err := jsonlines.Read[result](path)
	for _, r := range list {
		known[r.size] = r
	}
	return known, err
}
