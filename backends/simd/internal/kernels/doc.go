// Package kernels holds the inner loops of the CPU engine: generated AVX2/FMA, AVX-512 and NEON assembly, and for each
// a twin in Go that says what it computes.
//
// The twins (*_generic.go) carry no build tag, so one process can test them against the assembly. Which of them
// runs is chosen by the CPU when the program starts (see Level), and a test can change it with SetLevel. The build
// tag purego leaves the assembly out.
package kernels

//go:generate go -C ../../../../internal/asmgen run . -kernels gemm -pkg kernels -out ../../backends/simd/internal/kernels/gemm_amd64.s -stubs ../../backends/simd/internal/kernels/gemm_amd64.go
//go:generate go -C ../../../../internal/asmgen run . -kernels gemm64 -pkg kernels -out ../../backends/simd/internal/kernels/gemm64_amd64.s -stubs ../../backends/simd/internal/kernels/gemm64_amd64.go
//go:generate go -C ../../../../internal/asmgen run ./neon -kernels gemm -out ../../backends/simd/internal/kernels/gemm_arm64.s -stubs ../../backends/simd/internal/kernels/gemm_arm64.go
//go:generate go -C ../../../../internal/asmgen run ./neon -kernels gemm64 -out ../../backends/simd/internal/kernels/gemm64_arm64.s -stubs ../../backends/simd/internal/kernels/gemm64_arm64.go
//go:generate go -C ../../../../internal/asmgen run . -kernels winograd -pkg kernels -out ../../backends/simd/internal/kernels/winograd_amd64.s -stubs ../../backends/simd/internal/kernels/winograd_amd64.go
//go:generate go -C ../../../../internal/asmgen run ./neon -kernels winograd -out ../../backends/simd/internal/kernels/winograd_arm64.s -stubs ../../backends/simd/internal/kernels/winograd_arm64.go
