// Package weights keeps trained numbers safe: checkpoints that are complete or absent, a strict reader
// and writer of the safetensors format, and the folder in which a run keeps its files.
//
// A checkpoint is one folder, checkpoints/step-000300/, that holds
//
//	state.safetensors   every variable of the GoMLX context: parameters, optimiser moments, generator
//	                    and sampler states, the global step
//	ema.safetensors     the averaged parameters alone, which can be shipped by themselves
//	manifest.json       format version, architecture, preset, step, data position, hashes, parent
//
// A folder rather than one file, so that the averaged weights are a file of their own that any
// safetensors reader opens; it becomes visible in one rename, after all in it was synced, so that it
// is never half there. The manifest is written last and carries a hash of itself and
// of each tensor in the others.
//
// Nothing here executes what it reads: a file is numbers, shapes and strings, whose claims are checked
// before memory is taken for them.
package weights

import "errors"

// Sentinels that errors of this package wrap.
var (
	// ErrNoCheckpoint: the folder has no checkpoint at all.
	ErrNoCheckpoint = errors.New("no checkpoint")
	// ErrCorrupt: a file isn't what its format, its length or its hash promises.
	ErrCorrupt = errors.New("corrupt file")
	// ErrUnsupported: a file is intact, and of a kind, or with contents, that this package doesn't read.
	ErrUnsupported = errors.New("unsupported file")
	// ErrArchitecture: the variables of a checkpoint aren't those of the model.
	ErrArchitecture = errors.New("different architecture")
)
