// Package kernels holds the inner loops of the CPU engine: generated AVX2/FMA, AVX-512 and NEON assembly, and for each
// a twin in Go that says what it computes.
//
// The twins (*_generic.go) carry no build tag, so one process can test them against the assembly. Which of them
// runs is chosen by the CPU when the program starts (see Level), and a test can change it with SetLevel. The build
// tag purego leaves the assembly out.
package kernels

//go:generate go -C ../asmgen run . -kernels gemm -pkg kernels -out ../kernels/gemm_amd64.s -stubs ../kernels/gemm_amd64.go
//go:generate go -C ../asmgen run . -kernels gemm64 -pkg kernels -out ../kernels/gemm64_amd64.s -stubs ../kernels/gemm64_amd64.go
//go:generate go -C ../asmgen run ./neon -kernels gemm -out ../kernels/gemm_arm64.s -stubs ../kernels/gemm_arm64.go
//go:generate go -C ../asmgen run ./neon -kernels gemm64 -out ../kernels/gemm64_arm64.s -stubs ../kernels/gemm64_arm64.go
//go:generate go -C ../asmgen run . -kernels winograd -pkg kernels -out ../kernels/winograd_amd64.s -stubs ../kernels/winograd_amd64.go
//go:generate go -C ../asmgen run ./neon -kernels winograd -out ../kernels/winograd_arm64.s -stubs ../kernels/winograd_arm64.go
