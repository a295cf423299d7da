# NBomber, where a package source of this machine has it. Sourced by eng/setup.
# shellcheck shell=bash

# ensure_nbomber: writes the answer that eng/NBomber.props reads. "Not found" holds for a day.
ensure_nbomber() {
    local answer=$lab/nbomber.props folder=$lab/setup/nbomber found=off version
    command -v dotnet > /dev/null || return 0
    if [[ -e $answer ]] && { grep -q '>on<' "$answer" || [[ -n $(find "$answer" -mtime -1) ]]; }; then return; fi
    version=$(sed -nE 's/.*Include="NBomber" Version="([^"]*)".*/\1/p' "$root/Directory.Packages.props")
    mkdir -p "$folder"
    # Empty, so that nothing of the checkout's own build rules reaches the question.
    printf '<Project />\n' | tee "$folder/Directory.Build.props" "$folder/Directory.Build.targets" > "$folder/Directory.Packages.props"
    printf '%s\n' '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>' \
        "<ItemGroup><PackageReference Include=\"NBomber\" Version=\"[$version]\" /></ItemGroup></Project>" > "$folder/Question.csproj"
    if (cd "$folder" && timeout 120 dotnet restore Question.csproj -v q -nologo > "$logs/nbomber.log" 2>&1 9>&-); then
        found=on
        say "load: a package source has NBomber $version, so ./lab load takes --driver nbomber"
    fi
    printf '<Project><PropertyGroup><LabNBomber>%s</LabNBomber></PropertyGroup></Project>\n' "$found" > "$answer"
}
