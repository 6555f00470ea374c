module github.com/amgen/amgen/backends/simd/internal/asmgen

go 1.26.0

require (
	github.com/amgen/amgen v0.0.0 // package formulas
	github.com/mmcloughlin/avo v0.5.0
	golang.org/x/arch v0.33.0
)

require (
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
)

replace github.com/amgen/amgen => ../../../..
