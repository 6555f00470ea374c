// Package models has trained networks that are part of the program, and reads others from files.
//
//	m, err := models.Named("mnist")
//	if err != nil { … }
//	r, err := m.Open(ctx, run.Options{})
//	if err != nil { … }
//	defer r.Close()
//	samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{N: 64, Classes: []int32{7}}))
//
// A model is one safetensors file: the parameters, in float16 where it ships with amgen, and in the metadata the
// configuration, the classes, and where the model comes from ([Provenance]). Computing is in float32. The file carries
// a hash of its content, which is checked; the SHA-256 of each file that ships with amgen is in SHA256SUMS, and is
// checked as well.
//
// The models of MNIST and Fashion-MNIST are embedded. That of CIFAR-10 lies beside the program, see [Named]. `make
// models` trains them.
package models
